/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding a row of the table, and words for what the rows say. The rows are in platform-rows.c. */
#include "firmware-sim/platform/platform.h"

#include <string.h>

#include "firmware-sim/error.h"

#define NEAR_MAX    8  /* names in an error */
#define NEAR_LENGTH 64 /* nobody's slip of the pen is longer */

/* Only what tells names apart: "Mobile PM965/GM965" and "mobile-pm965 gm965" are one. */
static char *squash(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        if (g_ascii_isalnum(*text)) {
            g_string_append_c(out, g_ascii_tolower(*text));
        }
    }
    return g_string_free(out, FALSE);
}

/* Levenshtein distance, for names of a few characters. */
static unsigned int edit_distance(const char *a, const char *b)
{
    size_t width = strlen(b) + 1;
    g_autofree unsigned int *row = g_new(unsigned int, width);

    for (size_t j = 0; j < width; j++) {
        row[j] = (unsigned int)j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        unsigned int diagonal = row[0];

        row[0] = (unsigned int)i + 1;
        for (size_t j = 1; j < width; j++) {
            unsigned int change = diagonal + (a[i] != b[j - 1]);

            diagonal = row[j];
            row[j] = MIN(change, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[width - 1];
}

/* 0 for the same; else how far off, where a part of a name counts as one slip. */
static unsigned int distance_to(const char *squashed, const char *name)
{
    g_autofree char *other = squash(name);

    if (strlen(squashed) > 1 && strstr(other, squashed) && !g_str_equal(other, squashed)) {
        return 1;
    }
    return edit_distance(squashed, other);
}

static unsigned int distance(const char *squashed, const SwmePlatform *platform)
{
    unsigned int best = distance_to(squashed, platform->name);

    for (const char *const *alias = platform->aliases; alias && *alias; alias++) {
        best = MIN(best, distance_to(squashed, *alias));
    }
    return best;
}

static bool is_called(const SwmePlatform *platform, const char *squashed)
{
    g_autofree char *name = squash(platform->name);
    bool called = g_str_equal(name, squashed);

    for (const char *const *alias = platform->aliases; !called && alias && *alias; alias++) {
        g_autofree char *other = squash(*alias);

        called = g_str_equal(other, squashed);
    }
    return called;
}

/* The nearest rows' names, nearest first, or NULL where none is near. */
static char *suggestions(const char *squashed)
{
    size_t length = strlen(squashed);
    unsigned int limit = length < 4 ? 1 : 2;
    unsigned int count = 0;
    g_autoptr(GString) near = g_string_new(NULL);

    for (unsigned int d = 1; length <= NEAR_LENGTH && d <= limit; d++) {
        for (const SwmePlatform *p = swme_platforms; p->name && count < NEAR_MAX; p++) {
            if (distance(squashed, p) == d) {
                g_string_append_printf(near, "%s%s", count++ ? ", " : "", p->name);
            }
        }
    }
    return count ? g_strdup(near->str) : NULL;
}

const SwmePlatform *swme_platform_find(const char *name, GError **error)
{
    g_autofree char *squashed = squash(name ? name : "");
    g_autofree char *shown = NULL;
    g_autofree char *near = NULL;

    if (!name) {
        return &swme_platforms[0];
    }
    for (const SwmePlatform *p = swme_platforms; p->name && *squashed; p++) {
        if (is_called(p, squashed)) {
            return p;
        }
    }
    near = suggestions(squashed);
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

const char *swme_client_group_name(SwmeClientGroup group)
{
    switch (group) {
    case SWME_CLIENTS_MKHI:
        return "mkhi";
    case SWME_CLIENTS_MKHI_FIXED:
        return "mkhi-fixed";
    case SWME_CLIENTS_AMT:
        return "amt";
    case SWME_CLIENTS_ECHO:
        return "echo";
    }
    return "unknown";
}
