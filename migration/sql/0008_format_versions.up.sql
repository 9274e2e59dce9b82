-- How a format version is added, the keyed hash of frozen days, and where days that count in a field of their own show.

-- Adds the format version that a document of migration/formats/ describes. An open version before it ends with the
-- year before the new one's first.
create function app.add_format_version(document jsonb) returns void language plpgsql
as $$
declare
    first_year constant integer := document #>> '{basis_years,from}';
    last_year constant integer := document #>> '{basis_years,to}';
begin
    update format_versions set basis_years = int4range(lower(basis_years), first_year)
    where upper_inf(basis_years) and lower(basis_years) < first_year;
    insert into format_versions (version, basis_years, fields, rules)
    values (document ->> 'version', int4range(first_year, last_year, '[]'), document -> 'fields', document -> 'rules');
end
$$;

-- Takes back a format version that nothing refers to; for going a migration down only. The one before it
-- stays closed.
create function app.remove_format_version(removed text) returns void language plpgsql
as $$
begin
    alter table format_versions disable trigger guard_format_version;
    delete from format_versions where version = removed;
    alter table format_versions enable trigger guard_format_version;
end
$$;
revoke all on function app.add_format_version, app.remove_format_version from public;

-- A key of at most 64 bytes, filled up to HMAC's block and combined with its inner (54) or outer (92) byte (RFC 2104).
create function app.hmac_pad(key bytea, pad integer) returns bytea language sql immutable parallel safe strict
as $$
    select decode(string_agg(lpad(to_hex(
        (case when position < length(key) then get_byte(key, position) else 0 end) # pad), 2, '0'), ''
        order by position), 'hex')
    from generate_series(0, 63) as position
$$;

-- HMAC-SHA256 without an extension. Whoever hashes many messages computes the pads once.
create function app.hmac_sha256(key bytea, message bytea) returns bytea language sql immutable parallel safe strict
as $$ select sha256(app.hmac_pad(key, 92) || sha256(app.hmac_pad(key, 54) || message)) $$;

-- A day that meets every rule but the mode's, where the version counts that mode in a field of its own.
alter table frozen_days add column counted_apart boolean not null default false
    constraint counted_apart_for_its_mode check (not counted_apart or verdict = 'MODE_NOT_COUNTED');
