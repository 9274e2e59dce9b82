drop table audit_logs, audit_heads cascade;
drop function app.verify_audit_chain, app.audit_head, app.chain_audit_entry, app.check_audit_actor, app.refuse_audit_change;
