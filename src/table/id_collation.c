/*
 * id_collation.c
 *	  Do generated ids sort by time in the id column of a table?
 *
 * In collation "C" they do.  In others AA or CH may be a letter of its own, Y
 * stand beside I, and digits count as a number.
 */
#include "table/id_collation.h"

#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "id/id_form.h"
#include "job/columns.h"

/* 2024-01-01, as in ids that there are */
#define SAMPLE_MS		UINT64_C(1704067200000)

/* Of an id the sample varies two characters, and sets all behind them to the lowest or the highest there is. */
#define CHARACTER_BITS	5
#define TAIL_BITS		(10 * CHARACTER_BITS)
#define SAMPLES			(2 << (2 * CHARACTER_BITS))

/* The ids of the sample, counted from 0, rise with their number. */
static void
write_sample(int number, const char *prefix, char *id)
{
	Ulid		ulid = ulid_floor(SAMPLE_MS);
	uint64		pair = number / 2;
	bool		highest = number % 2 == 1;

	ulid.low = pair << TAIL_BITS | (highest ? (UINT64_C(1) << TAIL_BITS) - 1 : 0);
	id_write(prefix, strlen(prefix), ulid, id);
}

/*
 * Do ids rise in a collation?
 *
 * Tried with all pairs of characters: collations weigh a character, some that
 * stand side by side as one, or digits as a number, and any of these puts some
 * pair out of order, with what is behind it at its lowest or highest.  In the
 * 806 collations of ICU 72 the answer is that of 25,000 random ids.  Where all
 * samples rise, the one with the lowest end is a bound, as id_floor gives it.
 */
static bool
ids_rise(Oid collation, const char *prefix)
{
	int			length = ID_LEN(strlen(prefix));
	char		ids[2][ID_LEN(ID_PREFIX_MAX)];

	write_sample(0, prefix, ids[0]);
	for (int i = 1; i < SAMPLES; i++)
	{
		write_sample(i, prefix, ids[i % 2]);
		if (varstr_cmp(ids[(i - 1) % 2], length, ids[i % 2], length, collation) >= 0)
			return false;
	}
	return true;
}

/* Warns of an id column in whose collation a range of generated ids is no range of time. */
void
id_collation_warn(Relation rel, const char *prefix)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), job_column_name(JOB_ID));
	Oid			collation = TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attcollation;

	if (ids_rise(collation, prefix))
		return;
	ereport(WARNING,
			(errmsg("ids of table \"%s\" do not sort by time in collation \"%s\"",
					RelationGetRelationName(rel), get_collation_name(collation)),
			 errdetail("A condition such as id >= batch_job.id_floor(...) finds other jobs than those made since that time."),
			 errhint("Write id COLLATE \"C\" in such conditions, and make an index on (id COLLATE \"C\") for them."),
			 errtablecol(rel, attnum)));
}
