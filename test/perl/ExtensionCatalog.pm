# Everything that the catalog contains about the extension and its objects, to compare two ways to install it.
package ExtensionCatalog;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(extension_facts);

# A line for each fact, which begins with the kind and the name of the object and contains no oid. Rights are the effective
# ones, because a GRANT that restores the default of PUBLIC leaves an entry where a new installation has none.
#
# What pg_get_functiondef() does not show of a function is in the columns of pg_proc that are not oids, including columns
# that later versions add.
my $query = q{
	SET search_path = pg_catalog;
	SELECT FROM batch_job.is_id('');
	WITH extension AS (SELECT * FROM pg_extension WHERE extname = 'batch_job'),
	member AS (
		SELECT d.classid, d.objid, concat_ws(' ', i.type, i.identity) AS name
		  FROM extension e JOIN pg_depend d ON refclassid = 'pg_extension'::regclass AND refobjid = e.oid AND deptype = 'e',
		       pg_identify_object(classid, objid, 0) i),
	function AS (SELECT * FROM member JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid),
	type AS (SELECT * FROM member JOIN pg_type t ON classid = 'pg_type'::regclass AND t.oid = objid),
	schema AS (SELECT * FROM member JOIN pg_namespace n ON classid = 'pg_namespace'::regclass AND n.oid = objid),
	event_trigger AS (SELECT * FROM member JOIN pg_event_trigger t ON classid = 'pg_event_trigger'::regclass AND t.oid = objid),
	owned AS (
		SELECT classid, objid, name, proowner AS owner, acldefault('f', proowner) AS usual, proacl AS acl FROM function
		UNION ALL SELECT classid, objid, name, typowner, acldefault('T', typowner), typacl FROM type
		UNION ALL SELECT classid, objid, name, nspowner, acldefault('n', nspowner), nspacl FROM schema
		UNION ALL SELECT classid, objid, name, evtowner, NULL, NULL FROM event_trigger),
	fact AS (
		SELECT concat_ws(' ', 'extension', extversion, extowner::regrole, extnamespace::regnamespace, extrelocatable,
		                 extconfig::regclass[], extcondition, obj_description(oid, 'pg_extension')) AS line
		  FROM extension
		UNION ALL
		SELECT concat_ws(' ', name, CASE WHEN o IS NULL THEN 'is not compared' ELSE 'is owned by' END, owner::regrole)
		  FROM member LEFT JOIN owned o USING (classid, objid, name)
		UNION ALL
		SELECT concat_ws(' ', name, 'has the comment', obj_description(objid, classid::regclass::name)) FROM member
		UNION ALL
		SELECT concat_ws(' ', name, 'grants', privilege_type, 'to', grantee::regrole, is_grantable) 
		  FROM owned, aclexplode(coalesce(acl, usual))
		UNION ALL
		SELECT concat_ws(' ', name, 'has other rights than those it was installed with')
		  FROM owned LEFT JOIN pg_init_privs i ON (i.classoid, i.objoid, i.objsubid) = (classid, objid, 0)
		 WHERE NOT (coalesce(acl, usual) @> coalesce(initprivs, usual) AND coalesce(acl, usual) <@ coalesce(initprivs, usual))
		UNION ALL
		SELECT concat_ws(' ', name, 'is', pg_get_functiondef(objid)) FROM function
		UNION ALL
		SELECT concat_ws(' ', name, 'has', c.key, c.value)
		  FROM function f, jsonb_each_text((SELECT to_jsonb(p) FROM pg_proc p WHERE p.oid = f.objid)) c
		 WHERE c.key NOT IN ('oid', 'proowner', 'pronamespace', 'prolang', 'proacl', 'prorettype', 'provariadic', 'proargtypes',
		                     'proallargtypes', 'protrftypes', 'proargdefaults', 'prosqlbody')
		UNION ALL
		SELECT concat_ws(' ', name, 'has', c.key, c.value)
		  FROM type t, jsonb_each_text((SELECT to_jsonb(p) FROM pg_type p WHERE p.oid = t.objid)) c
		 WHERE c.key NOT IN ('oid', 'typowner', 'typnamespace', 'typacl', 'typrelid', 'typelem', 'typarray', 'typbasetype',
		                     'typcollation')
		UNION ALL
		SELECT concat_ws(' ', name, 'fires', evtevent, evttags, evtfoid::regprocedure, evtenabled) FROM event_trigger
		UNION ALL
		SELECT concat_ws(' ', name, 'has the label', row_number() OVER (PARTITION BY enumtypid ORDER BY enumsortorder),
		                 enumlabel)
		  FROM type JOIN pg_enum ON enumtypid = objid
		UNION ALL
		SELECT concat_ws(' ', name, 'has the attribute', attnum, attname, format_type(atttypid, atttypmod),
		                 attcollation::regcollation, attisdropped, col_description(attrelid, attnum))
		  FROM type JOIN pg_attribute ON attrelid = typrelid
		UNION ALL
		SELECT concat_ws(' ', name, 'depends on', pg_describe_object(refclassid, refobjid, refobjsubid), deptype)
		  FROM member JOIN pg_depend USING (classid, objid)
		UNION ALL
		SELECT concat_ws(' ', name, 'implies', pg_describe_object(d.classid, d.objid, d.objsubid), deptype)
		  FROM member m JOIN pg_depend d ON refclassid = m.classid AND refobjid = m.objid AND deptype = 'i'
		UNION ALL
		SELECT concat_ws(' ', 'setting', name, vartype, context, boot_val, min_val, max_val, enumvals, short_desc, extra_desc)
		  FROM pg_settings WHERE name LIKE 'batch_job.%')
	SELECT regexp_replace(line, '\s+', ' ', 'g') FROM fact;
};

sub extension_facts
{
	my ($node, $db) = @_;
	return join "\n", sort split /\n/, $node->safe_psql($db, $query);
}

1;
