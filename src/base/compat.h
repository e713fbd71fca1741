/*
 * compat.h
 *	  What differs between the supported versions of PostgreSQL, and nothing
 *	  else: every test of PG_VERSION_NUM stands here.
 */
#ifndef BATCH_JOB_COMPAT_H
#define BATCH_JOB_COMPAT_H

#include "fmgr.h"
#include "utils/acl.h"

#if PG_VERSION_NUM < 150000
#error "batch_job needs PostgreSQL 15 or later"
#endif

/* 16 moved the macros of varlena out of postgres.h */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 18 lets a library tell its name and version (pg_get_loaded_modules) */
#ifdef PG_MODULE_MAGIC_EXT
#define BATCH_JOB_MODULE_MAGIC \
	PG_MODULE_MAGIC_EXT(.name = "batch_job", .version = BATCH_JOB_VERSION)
#else
#define BATCH_JOB_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* 16 made one function of the many pg_*_ownercheck */
#if PG_VERSION_NUM >= 160000
#include "catalog/pg_class.h"
#define owns_relation(relid) \
	object_ownercheck(RelationRelationId, (relid), GetUserId())
#else
#define owns_relation(relid) \
	pg_class_ownercheck((relid), GetUserId())
#endif

/* 16 made one function of the many pg_*_aclcheck */
#if PG_VERSION_NUM >= 160000
#include "catalog/pg_namespace.h"
#define has_schema_usage(schema) \
	(object_aclcheck(NamespaceRelationId, (schema), GetUserId(), ACL_USAGE) == ACLCHECK_OK)
#else
#define has_schema_usage(schema) \
	(pg_namespace_aclcheck((schema), GetUserId(), ACL_USAGE) == ACLCHECK_OK)
#endif

/* 18 has it */
#if PG_VERSION_NUM < 180000
#define pg_noreturn _Noreturn
#endif

/* 17 wants the relation, not its oid */
#include "catalog/dependency.h"
#if PG_VERSION_NUM >= 170000
#define identity_sequence(rel, attnum) \
	getIdentitySequence((rel), (attnum), false)
#else
#define identity_sequence(rel, attnum) \
	getIdentitySequence(RelationGetRelid(rel), (attnum), false)
#endif

/* 19 wants to be told when a descriptor has all its attributes */
#if PG_VERSION_NUM < 190000
#define TupleDescFinalize(desc) ((void) (desc))
#endif

/* 15 declares the walker without its arguments, which C23 takes for none */
#include "nodes/nodeFuncs.h"
#if PG_VERSION_NUM >= 160000
#define walk_expression(node, walker, context) \
	expression_tree_walker((node), (walker), (context))
#else
#define walk_expression(node, walker, context) \
	expression_tree_walker((node), (bool (*) ()) (void (*) (void)) (walker), (context))
#endif

#endif							/* BATCH_JOB_COMPAT_H */
