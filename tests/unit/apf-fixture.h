/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An APF session with a host at its other end and nothing between them but two queues. */
#ifndef SWME_TESTS_APF_FIXTURE_H
#define SWME_TESTS_APF_FIXTURE_H

#include "firmware-sim/manual-clock.h"
#include "firmware-sim/net/apf.h"
#include "tests/unit/apf-host.h"

#define APF_MAX_MESSAGE 16384

typedef struct ApfBench {
    SwmeManualClock *clock;
    SwmeServices *services;
    EchoService echo;
    Apf *apf;
    ApfHost host;
    GQueue to_firmware;    /* GBytes */
    GQueue from_firmware;  /* GBytes */
    unsigned int capacity; /* of from_firmware */
    unsigned int most;     /* that it ever held */
    bool paused;
    bool ended;
    GString *notes;
} ApfBench;

typedef struct ApfBenchOptions {
    ApfHostKind kind;
    uint32_t window;
    unsigned int slots;
    unsigned int capacity; /* 0: 8 */
    const char *address;
    bool lazy;
    bool tls_only;
    bool no_services;
} ApfBenchOptions;

extern const uint8_t apf_bench_uuid[16];

/* Services at 16992, 16993 and 623; the session stands, start-up not run. */
ApfBench *apf_bench_new(const ApfBenchOptions *options);
/* And start-up run to its end. */
ApfBench *apf_bench_up(const ApfBenchOptions *options);
void apf_bench_free(ApfBench *bench);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApfBench, apf_bench_free)

/* Everything that can happen without time happens. */
void apf_bench_run(ApfBench *bench);
/* One message to the firmware, past the host. */
void apf_bench_inject(ApfBench *bench, const void *data, size_t size);
/* The next message from the firmware, past the host; NULL: none. */
GBytes *apf_bench_take(ApfBench *bench);

#endif
