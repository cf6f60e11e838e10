/* openapi.h - what the files that write the OpenAPI document share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "api/ask.h"

/* A member with a text. */
void oa_text(struct json_writer *w, const char *key, const char *value);
/* The member $ref to #/components/SECTION/NAME. */
void oa_ref(struct json_writer *w, const char *section, const char *name);
/* Opens the content of a body of one media type, up to its schema, and closes it. */
void oa_content(struct json_writer *w, const char *media);
void oa_content_end(struct json_writer *w);
/* The parameters by which a route reads: filters, order, pages, conditions. In the array that is open. */
void oa_read_parameters(struct json_writer *w, const struct route *r);
/* The member `headers` of an answer. */
enum oa_answer { OA_OBJECT, OA_LIST, OA_OTHER };
void oa_headers(struct json_writer *w, const struct route *r, enum oa_answer answer);
/* The same of the answer 304. */
void oa_unchanged_headers(struct json_writer *w);
/* The schema "found", and the headers of all answers, as members of the object that is open. */
void oa_found_schema(struct json_writer *w);
void oa_header_components(struct json_writer *w);
/* One parameter, inside the array of them. */
void oa_parameter(struct json_writer *w, const char *name, const char *in, bool required, const char *type,
                  const char *help);
/* Of writes: the parameters that all of them take; the answer 200, beside that of success: done (`list`: a list of
 * records), what a dry run shows, what became of each item; and the schemas of those answers. */
void oa_write_parameters(struct json_writer *w, const struct route *r);
/* The schema of what its lists hold, records of the type unless it is known better. */
const char *oa_item(const struct route *r, const struct record_type *t);
/* What "skipped" of an allocation holds. */
void oa_skipped(struct json_writer *w);
void oa_write_answer(struct json_writer *w, const struct route *r, const struct record_type *t, bool list);
/* Of access control. */
void oa_access_parameters(struct json_writer *w, const struct route *r);
void oa_access_schemas(struct json_writer *w);
/* Of what is planned on servers (openapi_plans.c): whether it is; whether several plans are answered, or one or several;
 * the schema of a body of its own, NULL: none. */
bool oa_plans(const struct route *r);
bool oa_plans_list(const struct route *r);
bool oa_plans_either(const struct route *r);
const char *oa_plans_body(const struct route *r, bool *ret_needed);
void oa_plans_parameters(struct json_writer *w, const struct route *r);
/* Of what changes shapes and undoes changes (openapi_reshape.c): the schema of a body, NULL: none; that of an answer of
 * its own, NULL: none; the parameters of a diff. */
const char *oa_reshape_body(const struct route *r);
const char *oa_reshape_answer(const struct route *r);
void oa_diff_parameters(struct json_writer *w);
void oa_utilization_parameters(struct json_writer *w, const struct route *r);
/* A parameter that many operations have, by its name; and all of them, for the components. */
void oa_shared(struct json_writer *w, const char *name);
void oa_shared_parameters(struct json_writer *w);
/* The answer 202 of what may take many change sets. */
void oa_begun(struct json_writer *w, const struct route *r);
void oa_write_schemas(struct json_writer *w);
/* The member `components`: a schema NAME for each record as it is shown, NAME_new and NAME_patch as it is sent. */
void oa_components(struct json_writer *w);

#endif
