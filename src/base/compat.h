/*
 * compat.h
 *	  All differences between the supported versions of PostgreSQL, and nothing
 *	  else: PG_VERSION_NUM is tested only in this file.
 */
#ifndef BATCH_JOB_COMPAT_H
#define BATCH_JOB_COMPAT_H

#include "fmgr.h"
#include "utils/acl.h"

#if PG_VERSION_NUM < 150000
#error "batch_job needs PostgreSQL 15 or later"
#endif

/* 16 moved the varlena macros out of postgres.h */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 18 lets a library report its name and version (pg_get_loaded_modules) */
#ifdef PG_MODULE_MAGIC_EXT
#define BATCH_JOB_MODULE_MAGIC \
	PG_MODULE_MAGIC_EXT(.name = "batch_job", .version = BATCH_JOB_VERSION)
#else
#define BATCH_JOB_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* 16 replaced the many pg_*_ownercheck by one function */
#if PG_VERSION_NUM >= 160000
#include "catalog/pg_class.h"
#define owns_relation(relid) \
	object_ownercheck(RelationRelationId, (relid), GetUserId())
#else
#define owns_relation(relid) \
	pg_class_ownercheck((relid), GetUserId())
#endif

/* 16 replaced the many pg_*_aclcheck by one function */
#if PG_VERSION_NUM >= 160000
#include "catalog/pg_namespace.h"
#define has_schema_usage(schema) \
	(object_aclcheck(NamespaceRelationId, (schema), GetUserId(), ACL_USAGE) == ACLCHECK_OK)
#else
#define has_schema_usage(schema) \
	(pg_namespace_aclcheck((schema), GetUserId(), ACL_USAGE) == ACLCHECK_OK)
#endif

/* 18 defines it */
#if PG_VERSION_NUM < 180000
#define pg_noreturn _Noreturn
#endif

/* 17 takes the relation instead of its OID */
#include "catalog/dependency.h"
#if PG_VERSION_NUM >= 170000
#define identity_sequence(rel, attnum) \
	getIdentitySequence((rel), (attnum), false)
#else
#define identity_sequence(rel, attnum) \
	getIdentitySequence(RelationGetRelid(rel), (attnum), false)
#endif

/* 19 must be told when all attributes of a descriptor are set */
#if PG_VERSION_NUM < 190000
#define TupleDescFinalize(desc) ((void) (desc))
#endif

/* 15 declares the walker without its arguments, which means none in C23 */
#include "nodes/nodeFuncs.h"
#if PG_VERSION_NUM >= 160000
#define walk_expression(node, walker, context) \
	expression_tree_walker((node), (walker), (context))
#else
#define walk_expression(node, walker, context) \
	expression_tree_walker((node), (bool (*) ()) (void (*) (void)) (walker), (context))
#endif

#endif							/* BATCH_JOB_COMPAT_H */
