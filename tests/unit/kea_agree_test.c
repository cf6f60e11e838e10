/* kea_agree_test.c - what a server shows after config-set, compared with what it was sent.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/kea/config.h"

#define S(more) "{ \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\"" more " } ] }"

static const struct {
    const char *name, *former, *sent, *shown;
    const char *differs; /* a part of what is told, NULL: they agree */
} rows[] = {
    { "the same", S(""), S(""), S(""), NULL },
    { "defaults of a new subnet", "{ \"subnet4\": [ ] }", S(""),
      S(", \"renew-timer\": 900, \"relay\": { \"ip-addresses\": [ ] }, \"option-data\": [ ], "
        "\"4o6-interface\": \"\""),
      NULL },
    { "defaults of one that nobody touched",
      "{ \"valid-lifetime\": 1, \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\" } ] }",
      "{ \"valid-lifetime\": 2, \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\" } ] }",
      "{ \"valid-lifetime\": 2, \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\", "
      "\"match-client-id\": false } ] }",
      "match-client-id is shown and was not sent" },
    { "what it inherits", "{ \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\" } ] }",
      "{ \"renew-timer\": 9, \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\" } ] }",
      "{ \"renew-timer\": 9, \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\", \"renew-timer\": 9 } ] "
      "}",
      NULL },
    { "another value than it would inherit",
      "{ \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\" } ] }",
      "{ \"renew-timer\": 9, \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\" } ] }",
      "{ \"renew-timer\": 9, \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\", \"renew-timer\": 8 } ] "
      "}",
      "renew-timer is shown and was not sent" },
    { "another value than was sent", S(""), S(", \"valid-lifetime\": 5"), S(", \"valid-lifetime\": 6"),
      "valid-lifetime is shown otherwise" },
    { "a value that is lost", S(""), S(", \"interface\": \"eth0\""), S(""),
      "interface was sent and is not shown" },
    { "a value that says nothing", S(""), S(", \"interface\": \"\", \"x\": 1"), S(", \"x\": 1"), NULL },
    { "an object too many", S(""), S(", \"x\": 1"),
      "{ \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\", \"x\": 1 }, { \"id\": 8, \"subnet\": "
      "\"10.8.0.0/24\" } ] }",
      "subnet4 holds more than was sent" },
    { "a list that was not sent", S(""), S(", \"x\": 1"),
      S(", \"x\": 1, \"pools\": [ { \"pool\": \"10.0.0.0/28\" } ]"), "pools is shown and was not sent" },
    { "an object that is lost", S(", \"pools\": [ { \"pool\": \"10.0.0.0/28\" } ]"),
      S(", \"x\": 1, \"pools\": [ { \"pool\": \"10.0.0.0/28\" } ]"), S(", \"x\": 1, \"pools\": [ ]"),
      "holds less than was sent" },
    { "another object", S(", \"pools\": [ ]"), S(", \"pools\": [ { \"pool\": \"10.0.0.0/28\" } ]"),
      S(", \"pools\": [ { \"pool\": \"10.0.0.16/28\" } ]"), "pools holds something else" },
    { "a pool in another form", S(""), S(", \"pools\": [ { \"pool\": \"10.0.0.0 - 10.0.0.15\" } ]"),
      S(", \"pools\": [ { \"option-data\": [ ], \"pool\": \"10.0.0.0/28\" } ]"), NULL },
    { "another order", S(""),
      S(", \"reservations\": [ { \"duid\": \"00:01\" }, { \"client-id\": \"01:02\", \"hostname\": \"a\" } ]"),
      S(", \"reservations\": [ { \"client-id\": \"0102\", \"hostname\": \"a\" }, { \"duid\": \"00:01\", "
        "\"hostname\": \"\" } ]"),
      NULL },
    { "a value in another form", S(""),
      S(", \"option-data\": [ { \"code\": 6, \"space\": \"dhcp4\", \"data\": \"10.0.0.1,10.0.0.2\" } ]"),
      S(", \"option-data\": [ { \"code\": 6, \"space\": \"dhcp4\", \"data\": \"10.0.0.1, 10.0.0.2\", "
        "\"name\": \"domain-name-servers\" } ]"),
      NULL },
    { "another value of an option", S(""),
      S(", \"option-data\": [ { \"code\": 6, \"space\": \"dhcp4\", \"data\": \"10.0.0.1\" } ]"),
      S(", \"option-data\": [ { \"code\": 6, \"space\": \"dhcp4\", \"data\": \"10.0.0.2\" } ]"),
      "data is shown otherwise" },
    { "further values keep their order", S(""),
      S(", \"option-data\": [ { \"code\": 6, \"space\": \"d\", \"data\": \"1\" }, { \"code\": 6, \"space\": "
        "\"d\", \"data\": \"2\" } ]"),
      S(", \"option-data\": [ { \"code\": 6, \"space\": \"d\", \"data\": \"2\" }, { \"code\": 6, \"space\": "
        "\"d\", \"data\": \"1\" } ]"),
      "data is shown otherwise" },
};

struct parsed {
    struct json_doc *doc;
    struct kea_config cfg;
};

static void parse(struct parsed *p, const char *root)
{
    char problem[KEA_PROBLEM_MAX] = "";
    struct json_error e;
    struct strbuf text;

    strbuf_init(&text, 65536);
    strbuf_printf(&text, "{ \"Dhcp4\": %s }", root);
    if (json_parse(text.data, text.len, 65536, &p->doc, &e) ||
        kea_config_parse(KEA_DHCP4, p->doc, json_root(p->doc), &p->cfg, problem))
        fail_msg("%s %s", root, problem);
    strbuf_fini(&text);
}

static void done(struct parsed *p)
{
    kea_config_fini(&p->cfg);
    json_free(p->doc);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct parsed former, sent, shown;
        char problem[KEA_PROBLEM_MAX];
        bool agrees;

        parse(&former, rows[i].former);
        parse(&sent, rows[i].sent);
        parse(&shown, rows[i].shown);
        agrees = kea_config_agrees(&former.cfg, &sent.cfg, &shown.cfg, problem);
        if (agrees != !rows[i].differs || (!agrees && !strstr(problem, rows[i].differs)))
            fail_msg("%s: %s", rows[i].name, agrees ? "agrees" : problem);
        done(&former);
        done(&sent);
        done(&shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
