/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A class is a table: properties with where each value lives, methods with what they take and who
 * may call them. The engine (wsman.c) does the rest. Handlers see no XML.
 *
 * Names, keys and types: intel/lms class metadata. Realms: AMT SDK, class reference.
 */
#ifndef SWME_AMT_WSMAN_CLASS_H
#define SWME_AMT_WSMAN_CLASS_H

#include "firmware-sim/amt/amt-audit.h"
#include "firmware-sim/amt/wsman/wsman.h"

typedef struct WsmanCall WsmanCall;
typedef struct WsmanClass WsmanClass;
typedef struct WsmanProperty WsmanProperty;
typedef struct WsmanMethod WsmanMethod;
typedef struct WsmanOut WsmanOut;

typedef enum WsmanType {
    WSMAN_BOOL,
    WSMAN_U8,
    WSMAN_U16,
    WSMAN_U32,
    WSMAN_U64,
    WSMAN_TEXT,
    WSMAN_BASE64,
    WSMAN_HEX,
    WSMAN_TIME,      /* Datetime */
    WSMAN_INTERVAL,  /* Interval */
    WSMAN_REFERENCE, /* an instance of some class */
    WSMAN_OBJECT,    /* an embedded instance */
    WSMAN_TYPE_COUNT
} WsmanType;

/* Each is one row of fault.c. */
typedef enum WsmanFault {
    WSMAN_FINE,
    WSMAN_FAULT_NO_CLASS,
    WSMAN_FAULT_NO_INSTANCE,
    WSMAN_FAULT_NO_ACTION,
    WSMAN_FAULT_MALFORMED,
    WSMAN_FAULT_MISSING_VALUES,
    WSMAN_FAULT_INVALID_VALUES,
    WSMAN_FAULT_QUOTA,
    WSMAN_FAULT_DENIED,
    WSMAN_FAULT_SELECTORS,
    WSMAN_FAULT_CONTEXT,
    WSMAN_FAULT_FILTER,
    WSMAN_FAULT_IN_USE,
    WSMAN_FAULT_EXISTS,
    WSMAN_FAULT_NO_HEADER,
    WSMAN_FAULT_NOT_UNDERSTOOD,
    WSMAN_FAULT_VERSION,
    WSMAN_FAULT_TOO_LARGE,
    WSMAN_FAULT_DELIVERY,
    WSMAN_FAULT_EVENT_FILTER,
    WSMAN_FAULT_INTERNAL,
    WSMAN_FAULT_COUNT
} WsmanFault;

/* AMT SDK, AMT_AuthorizationService.Realms; bits of a mask. */
enum {
    WSMAN_REALM_REDIRECTION = 1 << 2,
    WSMAN_REALM_ADMINISTRATION = 1 << 3,
    WSMAN_REALM_ASSET = 1 << 4,
    WSMAN_REALM_REMOTE_CONTROL = 1 << 5,
    WSMAN_REALM_STORAGE = 1 << 6,
    WSMAN_REALM_EVENT_MANAGER = 1 << 7,
    WSMAN_REALM_STORAGE_ADMIN = 1 << 8,
    WSMAN_REALM_AGENT_LOCAL = 1 << 9,
    WSMAN_REALM_AGENT_REMOTE = 1 << 10,
    WSMAN_REALM_CIRCUIT_BREAKER = 1 << 11,
    WSMAN_REALM_NETWORK_TIME = 1 << 12,
    WSMAN_REALM_GENERAL_INFO = 1 << 13,
    WSMAN_REALM_USER_NOTIFICATION = 1 << 16,
    WSMAN_REALM_LOG_READER = 1 << 19,
    WSMAN_REALM_AUDIT = 1 << 20,
    WSMAN_REALM_ACCOUNTS = 1 << 21,
    WSMAN_REALM_LOCAL_SYSTEM = 1 << 24,
    WSMAN_REALM_ANY = -1, /* whoever has logged in */
};

/* AMT_ and IPS_ methods return these (AMT SDK, PT_STATUS). */
enum {
    WSMAN_PT_SUCCESS = 0,
    WSMAN_PT_INTERNAL = 1,
    WSMAN_PT_NOT_PERMITTED = 16,
    WSMAN_PT_LIMIT = 23,
    WSMAN_PT_INVALID_INDEX = 35,
    WSMAN_PT_INVALID_PARAMETER = 36,
    WSMAN_PT_INVALID_HANDLE = 2053,
    WSMAN_PT_INVALID_PASSWORD = 2054,
    WSMAN_PT_INVALID_REALM = 2055,
    WSMAN_PT_DATA_MISSING = 2057,
    WSMAN_PT_DUPLICATE = 2058,
    WSMAN_PT_LOG_FROZEN = 2059,
    WSMAN_PT_MISSING_KEYS = 2060,
    WSMAN_PT_GENERATING = 2061,
    WSMAN_PT_INVALID_KEY = 2062,
    WSMAN_PT_INVALID_CERTIFICATE = 2063,
    WSMAN_PT_UNSUPPORTED = 2066,
    WSMAN_PT_NOT_FOUND = 2068,
    WSMAN_PT_AUDIT_FAIL = 2075,
    WSMAN_PT_BLOCKED = 2076,
    WSMAN_PT_CONSENT = 2081,
};

/* CIM_ methods return these (DMTF DSP1027 and the CIM schema). */
enum {
    WSMAN_CIM_OK = 0,
    WSMAN_CIM_NOT_SUPPORTED = 1,
    WSMAN_CIM_FAILED = 2,
    WSMAN_CIM_INVALID_REFERENCE = 4,
    WSMAN_CIM_INVALID_PARAMETER = 5,
};

enum {
    WSMAN_KEY = 1 << 0,
    WSMAN_ARRAY = 1 << 1,
    WSMAN_WRITE = 1 << 2,
    WSMAN_HIDDEN = 1 << 3,   /* written, never read back */
    WSMAN_OPTIONAL = 1 << 4, /* of parameters: may be absent */
    WSMAN_CLEARS = 1 << 5,   /* absent in a Put, it becomes empty; others stay as they are */
};

typedef void (*WsmanGetFunc)(const WsmanCall *call, unsigned int slot, WsmanOut *out);
/* Reads the property from the call and changes wsman_change(). False: it cannot be that. */
typedef bool (*WsmanSetFunc)(WsmanCall *call, const WsmanProperty *property, unsigned int slot);

/* Where a value comes from: get, else a member of AmtData, else text, else number. */
struct WsmanProperty {
    const char *name;
    WsmanType type;
    unsigned int flags;
    WsmanGetFunc get;
    WsmanSetFunc set; /* NULL and WSMAN_WRITE: the member is set */
    const char *text;
    uint64_t number;
    size_t offset; /* of the member, of slot 0 */
    size_t size;   /* 0: no member */
    size_t stride; /* from one slot to the next */
    uint64_t max;  /* of a number that is written; 0: its type's */
};

#define WSMAN_TEXT_IS(name_, text_)                          \
    {                                                        \
        .name = (name_), .type = WSMAN_TEXT, .text = (text_) \
    }
#define WSMAN_KEY_IS(name_, text_)                                               \
    {                                                                            \
        .name = (name_), .type = WSMAN_TEXT, .flags = WSMAN_KEY, .text = (text_) \
    }
#define WSMAN_NUMBER_IS(name_, type_, number_)                \
    {                                                         \
        .name = (name_), .type = (type_), .number = (number_) \
    }
#define WSMAN_GET(name_, type_, flags_, get_)                              \
    {                                                                      \
        .name = (name_), .type = (type_), .flags = (flags_), .get = (get_) \
    }
#define WSMAN_GET_SET(name_, type_, flags_, get_, set_)                                   \
    {                                                                                     \
        .name = (name_), .type = (type_), .flags = (flags_) | WSMAN_WRITE, .get = (get_), \
        .set = (set_)                                                                     \
    }
/* bool for WSMAN_BOOL, uint32_t for numbers, int64_t for times, an array for texts and bytes. */
#define WSMAN_MEMBER(name_, type_, flags_, member_)                                                \
    {                                                                                              \
        .name = (name_), .type = (type_), .flags = (flags_), .offset = offsetof(AmtData, member_), \
        .size = sizeof(((const AmtData *)NULL)->member_)                                           \
    }
#define WSMAN_MEMBER_MAX(name_, type_, flags_, member_, max_)                                      \
    {                                                                                              \
        .name = (name_), .type = (type_), .flags = (flags_), .offset = offsetof(AmtData, member_), \
        .size = sizeof(((const AmtData *)NULL)->member_), .max = (max_)                            \
    }
/* Of the slot's element of an array in AmtData. */
#define WSMAN_EACH(name_, type_, flags_, array_, member_)           \
    {                                                               \
        .name = (name_), .type = (type_), .flags = (flags_),        \
        .offset = offsetof(AmtData, array_[0].member_),             \
        .size = sizeof(((const AmtData *)NULL)->array_[0].member_), \
        .stride = sizeof(((const AmtData *)NULL)->array_[0])        \
    }
#define WSMAN_PROPERTIES_END \
    {                        \
        .name = NULL         \
    }

/* The keys that each service has; system: "Intel(r) AMT" or "ManagedSystem". */
#define WSMAN_SERVICE_KEYS(class_, name_, system_)                          \
    WSMAN_KEY_IS("CreationClassName", class_), WSMAN_KEY_IS("Name", name_), \
        WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),      \
        WSMAN_KEY_IS("SystemName", system_)

typedef struct WsmanParameter {
    const char *name;
    WsmanType type;
    unsigned int flags;
    uint64_t max; /* of a number; 0: its type's */
} WsmanParameter;

/* Returns ReturnValue. What it did to wsman_change() holds if that is 0. */
typedef uint32_t (*WsmanMethodFunc)(WsmanCall *call, unsigned int slot, WsmanOut *out);

struct WsmanMethod {
    const char *name;
    const WsmanParameter *in; /* NULL: none; the last row has no name */
    const char *out;          /* for people: names, apart by commas; NULL: none */
    WsmanMethodFunc func;
    int32_t realms;   /* WSMAN_REALM_*: any of them */
    uint32_t invalid; /* what it returns for a parameter that is missing or no value of its type */
    bool local;       /* not from the network */
};

struct WsmanClass {
    const char *name;
    const WsmanClass *above; /* the class it comes from, where that is one of ours; enumerating that
                                brings these, too */
    const char *base;        /* its name where it is none of ours; NULL: none that matters */
    uint8_t since_major;
    uint8_t since_minor;
    uint8_t until_major; /* the last that has it; 0: all do */
    bool stored;         /* what is written is kept and shown, and nothing follows from it */
    int32_t read;        /* WSMAN_REALM_* */
    int32_t write;       /* for Put, Create and Delete */
    unsigned int slots;  /* how many instances there can be */
    bool (*present)(const WsmanCall *call, unsigned int slot); /* NULL: all are there */
    const WsmanProperty *properties;
    const WsmanMethod *methods; /* NULL: none; the last row has no name */
    /* After the setters: may the whole be so? NULL with writable properties: it may. */
    WsmanFault (*put)(WsmanCall *call, unsigned int slot);
    WsmanFault (*create)(WsmanCall *call, unsigned int *slot);
    WsmanFault (*remove)(WsmanCall *call, unsigned int slot);
};

/* All classes, in the order in which enumerating a base brings them; NULL ends. */
extern const WsmanClass *const wsman_classes[];

/* NULL: there is none of that name. */
const WsmanClass *wsman_class_find(const char *name);
/* Is class, or a class it comes from, called name? */
bool wsman_class_is(const WsmanClass *class, const char *name);
/* Does this firmware have it? */
bool wsman_class_here(const WsmanClass *class, const AmtState *amt);
bool wsman_instance_here(const WsmanCall *call, const WsmanClass *class, unsigned int slot);
/* The prefix of a class's resource URI, by the start of its name. */
const char *wsman_class_prefix(const char *name);

/* ---- what handlers use ---- */

AmtState *wsman_amt(const WsmanCall *call);
const SwmeMachine *wsman_machine(const WsmanCall *call);
const WsmanCaller *wsman_caller(const WsmanCall *call);
const SwmeContext *wsman_context(const WsmanCall *call);
/* The caller, as the audit log wants to know him. */
AmtAuditor wsman_auditor(const WsmanCall *call);
/* What AMT is, with what this call has changed so far. */
const AmtData *wsman_data(const WsmanCall *call);
/* To change: it comes into force together, once the call has succeeded. */
AmtData *wsman_change(WsmanCall *call);
/* Lets the call end with a fault instead of a result. */
void wsman_fail(WsmanCall *call, WsmanFault fault);
/* Has func called with the Wsman's context once the answer has left. */
void wsman_do_after(WsmanCall *call, void (*func)(Wsman *wsman));
const SwmeContext *wsman_own_context(Wsman *wsman); /* for such a func */
/*
 * An RSA key of that many bits: WSMAN_PT_SUCCESS and *key, or why not. A caller that waits is not
 * answered before it is made: then the result is WSMAN_PT_GENERATING, and nobody sees it.
 */
uint32_t wsman_make_key(WsmanCall *call, unsigned int bits, GBytes **key);
/* What is remembered between calls; see session.h. */
struct WsmanSession *wsman_session(const WsmanCall *call);

/* The call's input by name. Texts and bytes live as long as the call. */
unsigned int wsman_count(const WsmanCall *call, const char *name);
static inline bool wsman_has(const WsmanCall *call, const char *name)
{
    return wsman_count(call, name) != 0;
}
/* NULL: absent. Without blanks at either end. */
const char *wsman_text(WsmanCall *call, const char *name, unsigned int index);
/* False: absent, or none up to max. */
bool wsman_number(WsmanCall *call, const char *name, unsigned int index, uint64_t max,
                  uint64_t *value);
/* A parameter that the engine has checked; 0 and false when absent. */
uint32_t wsman_u32(WsmanCall *call, const char *name);
bool wsman_bool(WsmanCall *call, const char *name);
/* Exactly size bytes of hexadecimal text. */
bool wsman_hex(WsmanCall *call, const char *name, uint8_t *out, size_t size);
/* NULL: absent, or no base64. */
GBytes *wsman_bytes(WsmanCall *call, const char *name);
/* False: absent, or no instance that is there. */
bool wsman_reference(WsmanCall *call, const char *name, const WsmanClass **class,
                     unsigned int *slot);
/* The same of the index-th of several. */
bool wsman_reference_at(WsmanCall *call, const char *name, unsigned int index,
                        const WsmanClass **class, unsigned int *slot);
/* Has the reference a selector of that value? For a spelling that no instance has. */
bool wsman_reference_names(WsmanCall *call, const char *name, const char *value);
/* For create: sets what is writable and in the body, as a Put does. */
WsmanFault wsman_set_all(WsmanCall *call, const WsmanClass *class, unsigned int slot);
/* Into an embedded object and back; false: absent. */
bool wsman_enter(WsmanCall *call, const char *name);
void wsman_leave(WsmanCall *call);

/* The value of the property that is being read; again for each element of an array. */
void wsman_out_text(WsmanOut *out, const char *text);
void wsman_out_number(WsmanOut *out, uint64_t number);
void wsman_out_bool(WsmanOut *out, bool value);
void wsman_out_base64(WsmanOut *out, const void *data, size_t size);
void wsman_out_hex(WsmanOut *out, const void *data, size_t size);
void wsman_out_time(WsmanOut *out, int64_t seconds);
void wsman_out_interval(WsmanOut *out, int64_t seconds);
void wsman_out_reference(WsmanOut *out, const WsmanCall *call, const WsmanClass *class,
                         unsigned int slot);
/* In methods: the name of what is written next. */
void wsman_out_name(WsmanOut *out, const char *name);

#endif
