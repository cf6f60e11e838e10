/* mirror.c - a provider whose name is its file's: as many different plugins as there are copies of it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "ipam/plugin.h"

static int32_t mirror_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    (void)inst;
    *ret_ctx = (void *)(uintptr_t)host;
    return IPAM_OK;
}

static void mirror_close(void *ctx) { (void)ctx; }

static void mirror_probe(void *ctx, struct ipam_req *req)
{
    ((const struct ipam_host *)ctx)->done(req, IPAM_OK, NULL);
}

static void mirror_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    (void)args;
    ((const struct ipam_host *)ctx)->done(req, IPAM_OK, NULL);
}

static const struct ipam_dhcp_ops dhcp = {
    .common = { .size = sizeof(dhcp),
                .thread_model = IPAM_THREAD_LOOP,
                .capabilities = IPAM_DHCP_CAP_V4,
                .open = mirror_open,
                .close = mirror_close,
                .probe = mirror_probe },
    .read_config = mirror_read_config,
};

static char name[64];
static const struct ipam_plugin descriptor = { .size = sizeof(descriptor),
                                               .abi = IPAM_ABI,
                                               .name = name,
                                               .version = "1",
                                               .summary = "Bears its file's name.",
                                               .dhcp = &dhcp };

const struct ipam_plugin *ipam_plugin_v0(void)
{
    const char *slash;
    Dl_info info;

    if (dladdr((void *)&descriptor, &info) == 0)
        return NULL;
    slash = strrchr(info.dli_fname, '/');
    snprintf(name, sizeof(name), "%s", slash ? slash + 1 : info.dli_fname);
    name[strcspn(name, ".")] = '\0';
    return &descriptor;
}
