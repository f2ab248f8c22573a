/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the interposer share. */
#ifndef SWME_FAULT_INTERNAL_H
#define SWME_FAULT_INTERNAL_H

#include <swme/heci-regs.h>
#include <swme/mei-header.h>

#include "firmware-sim/fault/fault.h"

#define FAULT_ITEMS_MAX  256   /* packets and events held back; with more, rules do not strike */
#define FAULT_COPIES_MAX 65535 /* of one packet or interrupt */
#define FAULT_DATA_MAX   64    /* bytes that a rule may carry */
#define FAULT_TEXT_MAX   4096  /* characters of a user's rules */
#define FAULT_CERTAIN    10000 /* a probability of 1, in hundredths of a percent */

/* ---- what happens on the link ---- */

typedef enum FaultWay {
    FAULT_BOTH_WAYS,
    FAULT_TO_HOST,
    FAULT_TO_FIRMWARE,
} FaultWay;

/* One bit for each kind of event; a packet has several. */
typedef enum FaultKind {
    FAULT_PACKET = 1 << 0,
    FAULT_HBM = 1 << 1,
    FAULT_DATA = 1 << 2,     /* to or from a client */
    FAULT_FRAGMENT = 1 << 3, /* of a client message, not the last */
    FAULT_DMA = 1 << 4,      /* its data is in the DMA ring */
    FAULT_READY = 1 << 5,
    FAULT_INTERRUPT = 1 << 6,
    FAULT_DRAIN = 1 << 7, /* an interrupt that announces nothing but room */
    FAULT_STATUS = 1 << 8,
    FAULT_D0I3_ENTRY = 1 << 9,
    FAULT_D0I3_EXIT = 1 << 10,
    FAULT_PG_EXIT = 1 << 11,
} FaultKind;

#define FAULT_PACKETS (FAULT_PACKET | FAULT_HBM | FAULT_DATA | FAULT_FRAGMENT | FAULT_DMA)
#define FAULT_D0I3    (FAULT_D0I3_ENTRY | FAULT_D0I3_EXIT)

/* What a rule is made for: any of kinds, and where command is not 0, that host bus message. */
typedef struct FaultType {
    unsigned int kinds;
    uint8_t command; /* without the response bit */
    bool request;    /* only without it */
    bool response;   /* only with it */
} FaultType;

typedef struct FaultEvent {
    unsigned int kinds;
    FaultWay way;
    uint8_t *packet; /* room for MEI_PACKET_MAX bytes; NULL: no packet */
    size_t size;
    uint8_t command;    /* of a host bus message, as it is; else 0 */
    uint8_t me_addr;    /* whom the packet is to or from, or the message about; 0: nobody */
    uint8_t host_addr;  /* likewise */
    unsigned int index; /* STATUS: which word */
    uint32_t value;     /* STATUS */
    bool swallowed;     /* it goes no further */
} FaultEvent;

/* ---- rules ---- */

typedef enum FaultTarget {
    FAULT_TO_BUS,        /* a host bus message as it stands */
    FAULT_TO_PAIR,       /* a host bus message about the connection that triggered it */
    FAULT_TO_CONNECTION, /* data on that connection */
} FaultTarget;

typedef enum FaultKey {
    FAULT_KEY_DIR = 1 << 0,
    FAULT_KEY_TYPE = 1 << 1,
    FAULT_KEY_CLIENT = 1 << 2,
    FAULT_KEY_AFTER = 1 << 3,
    FAULT_KEY_COUNT = 1 << 4,
    FAULT_KEY_PROB = 1 << 5,
    FAULT_KEY_SEED = 1 << 6,
    FAULT_KEY_TIME = 1 << 7,
    FAULT_KEY_COPIES = 1 << 8,
    FAULT_KEY_OFFSET = 1 << 9,
    FAULT_KEY_LENGTH = 1 << 10,
    FAULT_KEY_VALUE = 1 << 11,
    FAULT_KEY_MASK = 1 << 12,
    FAULT_KEY_DATA = 1 << 13,
    FAULT_KEY_WORD = 1 << 14,
    FAULT_KEY_TO = 1 << 15,
} FaultKey;

/* Those that every rule may have. */
#define FAULT_KEYS_MATCH                                                                     \
    (FAULT_KEY_DIR | FAULT_KEY_TYPE | FAULT_KEY_CLIENT | FAULT_KEY_AFTER | FAULT_KEY_COUNT | \
     FAULT_KEY_PROB | FAULT_KEY_SEED)

/* What a rule needs of the firmware beyond the link. */
typedef enum FaultHook {
    FAULT_HOOK_NONE,
    FAULT_HOOK_RESET,
    FAULT_HOOK_CLIENT,
} FaultHook;

typedef struct FaultRule FaultRule;

typedef struct FaultAction {
    const char *name;
    const char *help;
    unsigned int kinds; /* events that it can strike */
    unsigned int keys;  /* that it takes besides those of the match */
    unsigned int needs; /* keys that it cannot do without */
    const char *type;   /* unless the rule says otherwise */
    FaultWay way;
    uint32_t count; /* 0: without end */
    FaultHook hook;
    /* Strikes. False: it could not, and that is no hit. */
    bool (*strike)(SwmeFaults *faults, FaultRule *rule, FaultEvent *event);
} FaultAction;

struct FaultRule {
    uint32_t id;
    char *name;
    char *text; /* canonical */
    const FaultAction *action;
    unsigned int given; /* FaultKey bits: the rest are defaults */

    FaultWay way;
    FaultType type;
    char *type_name;
    char *client;    /* as written; NULL: any */
    uint8_t me_addr; /* what client stands for; 0: any */
    uint32_t after;
    uint32_t count;       /* 0: without end */
    uint32_t probability; /* hundredths of a percent */
    uint64_t seed;
    int64_t time_ns;
    uint32_t copies;
    uint32_t offset; /* in the packet, its header included */
    uint32_t length;
    uint32_t value;
    uint32_t mask;
    uint32_t word; /* 1 to 6 */
    uint8_t data[FAULT_DATA_MAX];
    size_t data_size;
    FaultTarget to;

    uint64_t random; /* state of the generator */
    uint64_t matches;
    uint64_t hits;
};

/* fault-actions.c */
extern const FaultAction fault_actions[]; /* ends with one whose name is NULL */
/*
 * A packet that grows stays within what a ring of the greatest depth takes. One that never fits
 * would block the firmware for good, and that is another fault (hang).
 */
#define FAULT_GROWN_MAX ((size_t)HECI_DEPTH_MAX * HECI_SLOT_SIZE)
/* After a change of size the header tells the new one: it is the message that is wrong. */
void fault_resize(FaultEvent *event, size_t size);
bool fault_drop(SwmeFaults *faults, FaultRule *rule, FaultEvent *event);
bool fault_duplicate(SwmeFaults *faults, FaultRule *rule, FaultEvent *event);
bool fault_reorder(SwmeFaults *faults, FaultRule *rule, FaultEvent *event);

/* fault-fuzz.c */
bool fault_fuzz(SwmeFaults *faults, FaultRule *rule, FaultEvent *event);

/* fault-rule.c */
/* The rules of text, clients not looked up; each of type FaultRule. NULL and a one-line error. */
GPtrArray *fault_rules_parse(const char *text, GError **error);
/* One rule in its canonical form, for saved state: no preset. */
FaultRule *fault_rule_parse_saved(const char *text, const char *name, GError **error);
void fault_rule_free(FaultRule *rule);
bool fault_rule_matches(const FaultRule *rule, const FaultEvent *event);
bool fault_rule_spent(const FaultRule *rule);
uint64_t fault_random(FaultRule *rule); /* the next number of its generator */

/* ---- what is held back ---- */

typedef enum FaultItemKind {
    FAULT_ITEM_PACKET, /* to way */
    FAULT_ITEM_INTERRUPT,
    FAULT_ITEM_READY,
    FAULT_ITEM_D0I3_DONE,
    FAULT_ITEM_PG_EXIT, /* the host's request to leave isolation reaches the firmware */
    FAULT_ITEM_WAKE,    /* a hang is over */
    FAULT_ITEM_RESET,
    FAULT_ITEM_VANISH,
    FAULT_ITEM_RETURN, /* a client that vanished */
    FAULT_ITEM_KINDS
} FaultItemKind;

typedef struct FaultItem {
    FaultItemKind kind;
    FaultWay way;
    int64_t due_ns;
    uint32_t copies;     /* still to come */
    int64_t interval_ns; /* between them */
    bool until_next;     /* or as soon as another packet has passed the same way */
    bool waits;          /* due, but there was no room, or it waits to be fetched */
    uint8_t me_addr;     /* VANISH, RETURN */
    int64_t away_ns;     /* VANISH: until it returns; 0: for good */
    size_t size;         /* of packet */
    uint8_t packet[];
} FaultItem;

/* ---- the object ---- */

struct SwmeFaults {
    const HeciDeviceOps *device;
    void *device_opaque;
    const HeciFirmwareOps *firmware;
    void *firmware_opaque;
    const SwmeFaultHooks *hooks;
    SwmeClock *clock;
    SwmeTimer *timer;
    SwmeFaultFunc trace;
    void *trace_opaque;

    bool active;      /* anything at all to do: worked out anew after each change */
    GPtrArray *rules; /* FaultRule */
    uint32_t next_id;
    char *started; /* as swme_faults_start() was told; NULL: it was not */
    GQueue items;  /* FaultItem, soonest first */

    bool hang;       /* nothing passes until the link is reset, or the time is up */
    bool hold;       /* nothing passes until the firmware has been reset: that is on its way */
    bool not_ready;  /* the firmware believes that it is ready, the host does not see it */
    bool lose_next;  /* the next interrupt does not happen */
    bool sent;       /* something went to the host since the last interrupt */
    bool took;       /* a packet was taken from the host that the firmware never saw */
    bool d0i3_entry; /* which way the last transition went */
    uint32_t status[HECI_HFS_COUNT]; /* as the firmware set it */
    bool status_set[HECI_HFS_COUNT];
};

/* fault.c */
/* Looks up the client, and whether the firmware can do what the rule needs. */
bool fault_rule_bind(const SwmeFaults *faults, FaultRule *rule, GError **error);
/* Those of swme_faults_start() in place of all that there are. */
bool fault_restart(SwmeFaults *faults, GError **error);
/* Works out faults->active. */
void fault_update(SwmeFaults *faults);
/* What it has under way on this link: a reset ends it, and a state that is loaded brings its own.
 */
void fault_forget_link(SwmeFaults *faults);
/* Has all rules look at the event. True: at least one was made for it. */
bool fault_fire(SwmeFaults *faults, FaultEvent *event);
/* Fills in all that follows from packet and size. */
void fault_describe(FaultEvent *event, FaultWay way, uint8_t *packet, size_t size);
/* Status word index as the rules want it, to the device. */
void fault_put_status(SwmeFaults *faults, unsigned int index);
bool fault_silent(const SwmeFaults *faults); /* nothing passes now */

/* fault-queue.c */
bool fault_queue_room(const SwmeFaults *faults);
/* Adds an item that falls due after delay_ns; NULL when there is no room. packet may be NULL. */
FaultItem *fault_queue_add(SwmeFaults *faults, FaultItemKind kind, FaultWay way, int64_t delay_ns,
                           const uint8_t *packet, size_t size);
/* As above for an item that is ready made; takes it over. */
void fault_queue_insert(SwmeFaults *faults, FaultItem *item);
FaultItem *fault_item_new(FaultItemKind kind, FaultWay way, const uint8_t *packet, size_t size);
/* Something is still under way on that connection. */
FaultItem *fault_queue_behind(const SwmeFaults *faults, FaultWay way, const uint8_t *packet);
/* Packets that waited for another one to pass may go. */
void fault_queue_passed(SwmeFaults *faults, FaultWay way);
/* Takes the next packet for the firmware that is due; its size, 0 when there is none. */
size_t fault_queue_fetch(SwmeFaults *faults, uint8_t *packet);
/* There may be room for packets that wait for it. True: none waits any more. */
bool fault_queue_retry(SwmeFaults *faults);
/* The firmware has told the host of the drain itself. */
void fault_queue_drained(SwmeFaults *faults);
/* The link is reset: forgets all but what does not belong to it. */
void fault_queue_link_reset(SwmeFaults *faults);
/* Nothing is held back any longer; what was only delayed comes now. */
void fault_queue_release(SwmeFaults *faults);
void fault_queue_clear(SwmeFaults *faults);
void fault_queue_arm(SwmeFaults *faults);
/* Does what is due. The timer's function. */
void fault_queue_run(void *opaque);

#endif
