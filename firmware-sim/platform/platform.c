/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding a row of the table, and words for what the rows say. The rows are in platform-rows.c. */
#include "firmware-sim/platform/platform.h"

#include "firmware-sim/error.h"
#include "firmware-sim/suggest.h"

static bool is_named(const SwmePlatform *platform, const char *name)
{
    bool named = swme_same_name(name, platform->name);

    for (const char *const *alias = platform->aliases; alias && *alias && !named; alias++) {
        named = swme_same_name(name, *alias);
    }
    return named;
}

/* The nearest rows' names, nearest first, or NULL where none is near. */
static char *suggestions(const char *name)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(SwmeSuggestion));

    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        SwmeSuggestion row = {p->name, p->name};

        g_array_append_val(rows, row);
        for (const char *const *alias = p->aliases; alias && *alias; alias++) {
            row.text = *alias;
            g_array_append_val(rows, row);
        }
    }
    return swme_suggest(name, (const SwmeSuggestion *)rows->data, rows->len);
}

const SwmePlatform *swme_platform_find(const char *name, GError **error)
{
    g_autofree char *shown = NULL;
    g_autofree char *near = NULL;

    if (!name) {
        return &swme_platforms[0];
    }
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        if (is_named(p, name)) {
            return p;
        }
    }
    near = suggestions(name);
    shown = swme_error_text(name);
    if (near) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "unknown platform '%s': try %s ('swme platforms' lists all)", shown, near);
    } else {
        g_set_error(error, SWME_ERROR, SWME_ERROR_ARGUMENT,
                    "unknown platform '%s': 'swme platforms' lists all", shown);
    }
    return NULL;
}

uint32_t swme_platform_status(const SwmePlatform *platform, unsigned int word, bool amt)
{
    return word == 2 && amt && platform->hfs3_amt ? platform->hfs3_amt : platform->hfs[word];
}

const char *swme_power_gating_name(SwmePowerGating kind)
{
    static const char *const names[] = {
        [SWME_PG_NONE] = "none",
        [SWME_PG_PGI] = "pgi",
        [SWME_PG_D0I3] = "d0i3",
    };

    return names[kind];
}

const char *swme_kind_name(SwmeKind kind)
{
    static const char *const names[] = {
        [SWME_KIND_MEI] = "mei",
        [SWME_KIND_ITOUCH] = "itouch",
    };

    return names[kind];
}

const char *swme_era_name(SwmeEra era)
{
    static const char *const names[SWME_ERA_COUNT] = {
        [SWME_ERA_ICH8] = "965 chipsets (ICH8)",
        [SWME_ERA_ICH9] = "3 Series and Mobile 4 Series (ICH9)",
        [SWME_ERA_ICH10] = "4 Series (ICH10)",
        [SWME_ERA_5_SERIES] = "5 Series",
        [SWME_ERA_6_SERIES] = "6 Series and C600",
        [SWME_ERA_7_SERIES] = "7 Series",
        [SWME_ERA_8_SERIES] = "8 and 9 Series",
        [SWME_ERA_100_SERIES] = "100 and 200 Series, C620",
        [SWME_ERA_300_SERIES] = "300 Series",
        [SWME_ERA_ICE_LAKE] = "Ice Lake and Jasper Lake",
        [SWME_ERA_400_SERIES] = "400 Series",
        [SWME_ERA_500_SERIES] = "500 Series and Elkhart Lake",
        [SWME_ERA_600_SERIES] = "600 and 700 Series",
        [SWME_ERA_800_SERIES] = "Meteor Lake and newer",
        [SWME_ERA_ATOM] = "Atom SoCs",
        [SWME_ERA_SERVER] = "Server SoCs",
    };

    return names[era];
}
