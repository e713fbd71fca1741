/*
 * row_key.c
 *	  The key of a row of a job table: see row_key.h.
 */
#include "job/row_key.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "job/columns.h"

static AttrNumber
attnum_of_id(Relation rel)
{
	return get_attnum(RelationGetRelid(rel), job_column_name(JOB_ID));
}

static void
key_by_id(Relation table, JobKey *key)
{
	key->natts = 1;
	key->attnum[0] = attnum_of_id(table);
	key->equality[0] = TextEqualOperator;
}

static void
key_by_index(Relation index, JobKey *key)
{
	key->natts = IndexRelationGetNumberOfKeyAttributes(index);
	for (int i = 0; i < key->natts; i++)
	{
		key->attnum[i] = index->rd_index->indkey.values[i];
		key->equality[i] = get_opfamily_member(index->rd_opfamily[i], index->rd_opcintype[i],
											   index->rd_opcintype[i], BTEqualStrategyNumber);
	}
}

/*
 * The key of a table.  A primary key that is deferrable, or not a btree (18:
 * WITHOUT OVERLAPS), is not usable.
 */
void
job_key_of_table(Relation table, JobKey *key)
{
	Relation	index = NULL;

	memset(key, 0, sizeof *key);
	RelationGetIndexList(table);	/* finds the primary key too */
	if (OidIsValid(table->rd_pkindex))
		index = index_open(table->rd_pkindex, AccessShareLock);
	if (index != NULL && index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indimmediate)
		key_by_index(index, key);
	else
		key_by_id(table, key);
	if (index != NULL)
		index_close(index, AccessShareLock);
}

/* Finds the key's columns in a partition, whose columns may have another order. */
void
job_key_locate_in_partition(Relation table, Relation partition, JobKey *key)
{
	for (int i = 0; i < key->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(RelationGetDescr(table), key->attnum[i] - 1);

		key->source[i] = get_attnum(RelationGetRelid(partition), NameStr(attr->attname));
	}
}

/* The values of the key in a tuple, in the form that SPI takes. */
void
job_key_values(const JobKey *key, TupleTableSlot *slot, Datum *values, char *nulls)
{
	for (int i = 0; i < key->natts; i++)
	{
		bool		isnull;

		values[i] = slot_getattr(slot, key->source[i], &isnull);
		nulls[i] = isnull ? 'n' : ' ';
	}
}

static Form_pg_attribute
key_column(Relation table, const JobKey *key, int i)
{
	return TupleDescAttr(RelationGetDescr(table), key->attnum[i] - 1);
}

/*
 * "column AS key_1, ...": names that cannot clash with the columns of another
 * table
 */
void
job_append_key_columns(StringInfo sql, Relation table, const JobKey *key)
{
	for (int i = 0; i < key->natts; i++)
		appendStringInfo(sql, "%s%s AS key_%d", i > 0 ? ", " : "",
						 quote_identifier(NameStr(key_column(table, key, i)->attname)), i + 1);
}

static void
append_equality(StringInfo sql, Relation table, const JobKey *key, int i,
				const char *left, const char *right)
{
	Oid			type = key_column(table, key, i)->atttypid;
	Oid			taken;

	/*
	 * nothing can be cast to anyarray, because the operator would not know the
	 * array's type
	 */
	op_input_types(key->equality[i], &taken, &taken);
	if (IsPolymorphicType(taken))
		type = taken;
	appendStringInfoString(sql, i > 0 ? " AND " : "");
	generate_operator_clause(sql, left, type, key->equality[i], right, type);
}

/*
 * "column = $1 AND ...": adds a parameter to the statement for each column of
 * the key.
 */
void
job_append_key_is(PlanText *stmt, Relation table, const JobKey *key)
{
	for (int i = 0; i < key->natts; i++)
	{
		Form_pg_attribute column = key_column(table, key, i);

		append_equality(&stmt->sql, table, key, i, quote_identifier(NameStr(column->attname)),
						plan_add_arg(stmt, column->atttypid));
	}
}

/*
 * "left.column = right.key_1 AND ...", where right is a query with
 * job_append_key_columns
 */
void
job_append_keys_match(StringInfo sql, Relation table, const JobKey *key,
					  const char *left, const char *right)
{
	for (int i = 0; i < key->natts; i++)
	{
		const char *name = quote_identifier(NameStr(key_column(table, key, i)->attname));

		append_equality(sql, table, key, i, psprintf("%s.%s", left, name),
						psprintf("%s.key_%d", right, i + 1));
	}
}
