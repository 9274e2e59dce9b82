drop table audit_logs, audit_heads cascade;
drop function app.verify_audit_chain, app.audit_head, app.attribute_audit_entry, app.chain_audit_entry,
    app.refuse_audit_change;
