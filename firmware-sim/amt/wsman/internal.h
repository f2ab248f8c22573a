/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the engine share. Classes do not include this. */
#ifndef SWME_AMT_WSMAN_INTERNAL_H
#define SWME_AMT_WSMAN_INTERNAL_H

#include <libxml/tree.h>

#include "firmware-sim/amt/amt-audit.h"
#include "firmware-sim/amt/wsman/class.h"
#include "firmware-sim/amt/wsman/namespaces.h"
#include "firmware-sim/amt/wsman/session.h"

/* AMT's own limits are smaller (about 8 KB); a chain of certificates fits well into these. */
#define WSMAN_REQUEST_MAX   65536
#define WSMAN_DEPTH_MAX     32
#define WSMAN_ELEMENTS_MAX  4096
#define WSMAN_CONTEXTS      16 /* enumerations under way */
#define WSMAN_CONTEXT_S     120
#define WSMAN_ENTER_MAX     4
#define WSMAN_SELECTORS_MAX 16
#define WSMAN_RESOLVE_MAX   4 /* references whose keys are references */

typedef struct WsmanSelector {
    const char *name;
    const char *text;   /* NULL: a reference */
    xmlNode *reference; /* what has Address and ReferenceParameters */
} WsmanSelector;

/* One request, as far as the envelope goes. Texts are the document's. */
typedef struct WsmanRequest {
    xmlDoc *document;
    GPtrArray *texts;       /* what was made for it */
    const char *action;     /* NULL: none */
    const char *resource;   /* likewise */
    const char *message_id; /* likewise */
    WsmanSelector selectors[WSMAN_SELECTORS_MAX];
    unsigned int selector_count;
    const xmlNode *header;
    xmlNode *body; /* its first element; NULL: none */
} WsmanRequest;

/* Fills in what can be told of it even when it faults: a fault names the message it answers. */
WsmanFault wsman_request_parse(WsmanRequest *request, const void *data, size_t size);
void wsman_request_clear(WsmanRequest *request);
/* Text of a node, without blanks at either end; lives as long as the request. */
const char *wsman_request_text(WsmanRequest *request, const xmlNode *node);
/* NULL: it has no such attribute. Lives as long as the request. */
const char *wsman_request_attribute(WsmanRequest *request, const xmlNode *node, const char *name);
/* The selectors below parent; false: malformed. */
bool wsman_request_selectors(WsmanRequest *request, const xmlNode *parent,
                             WsmanSelector selectors[WSMAN_SELECTORS_MAX], unsigned int *count);

bool wsman_node_is(const xmlNode *node, const char *uri, const char *name);
/* The first child element of that name; uri NULL: any. */
xmlNode *wsman_node_child(const xmlNode *node, const char *uri, const char *name);
xmlNode *wsman_node_first(const xmlNode *node);
xmlNode *wsman_node_next(const xmlNode *node);

/* ---- answers ---- */

typedef enum WsmanOutMode {
    WSMAN_OUT_PROPERTY, /* an element for each value */
    WSMAN_OUT_SELECTOR, /* a Selector */
    WSMAN_OUT_PLAIN,    /* the bare value, for comparing */
} WsmanOutMode;

typedef struct WsmanNames {
    GPtrArray *uris; /* of prefixes g, h, ... */
} WsmanNames;

struct WsmanOut {
    GString *text;
    WsmanNames *names;
    WsmanOutMode mode;
    char prefix[4]; /* of the elements */
    const char *name;
    unsigned int depth; /* of references within references */
};

/* The prefix for a namespace, declared on the envelope. */
void wsman_names_prefix(WsmanNames *names, const char *uri, char prefix[4]);
void wsman_append_escaped(GString *text, const char *value);
/* All properties of an instance as one element; or its keys alone, as selectors. */
void wsman_out_instance(WsmanOut *out, const WsmanCall *call, const WsmanClass *class,
                        unsigned int slot);
/* Address and ReferenceParameters. */
void wsman_out_endpoint(WsmanOut *out, const WsmanCall *call, const WsmanClass *class,
                        unsigned int slot);
/* One property in the out's mode. */
void wsman_out_property(WsmanOut *out, const WsmanCall *call, const WsmanClass *class,
                        const WsmanProperty *property, unsigned int slot);

typedef struct WsmanFaultRow {
    const char *code;    /* Sender, Receiver, ... */
    const char *subcode; /* with its prefix; NULL: none */
    const char *action;
    const char *reason;
    const char *detail; /* URI; NULL: none */
    unsigned int status;
} WsmanFaultRow;

const WsmanFaultRow *wsman_fault_row(WsmanFault fault);
/* A whole envelope. relates_to may be NULL. */
GBytes *wsman_fault_document(WsmanFault fault, const char *relates_to, uint64_t number);
GBytes *wsman_document(const WsmanNames *names, const char *relates_to, const char *action,
                       const char *resource, uint64_t number, const char *body);

/* ---- a call ---- */

struct WsmanCall {
    Wsman *wsman;
    const SwmeContext *context;
    const SwmeMachine *machine;
    const WsmanCaller *caller;
    WsmanSession *session;
    WsmanRequest request;
    const WsmanClass *class;
    xmlNode *input; /* its children are what handlers read */
    xmlNode *entered[WSMAN_ENTER_MAX];
    unsigned int depth;
    unsigned int resolving;
    AmtData *changes;
    WsmanFault fault;
    uint32_t result; /* of a method */
    void (*after)(Wsman *wsman);
    bool wait; /* no answer yet */
};

/* ---- the audit log: audit.c ---- */

#define WSMAN_AUDIT_NOTES 4

typedef struct WsmanAuditNote {
    unsigned int event; /* AMT_AUDIT_* */
    size_t size;
    uint8_t data[AMT_AUDIT_DATA_MAX];
} WsmanAuditNote;

typedef struct WsmanAuditNotes {
    unsigned int count;
    WsmanAuditNote note[WSMAN_AUDIT_NOTES];
} WsmanAuditNotes;

/* May it be done at all? See amt_audit_may(). */
bool wsman_audit_may(const WsmanCall *call);
/* What the call did, while what was before is still to be seen; and into the log, after it. */
void wsman_audit_prepare(WsmanCall *call, WsmanAuditNotes *notes);
void wsman_audit_write(const WsmanCall *call, const WsmanAuditNotes *notes);
/* The caller wanted what is not for him. */
void wsman_audit_refused(const WsmanCall *call);

/* ---- operations ---- */

typedef struct WsmanAnswer {
    GString *body;
    WsmanNames names;
    const char *action; /* of the answer; NULL: the request's with "Response" */
} WsmanAnswer;

/* For elements of that namespace. */
WsmanOut wsman_answer_out(WsmanAnswer *answer, const char *uri);
void wsman_answer_instance(WsmanAnswer *answer, const WsmanCall *call, const WsmanClass *class,
                           unsigned int slot);
/* Has the caller one of those realms? */
bool wsman_may(const WsmanCall *call, int32_t realms);

typedef struct WsmanEnumerations WsmanEnumerations; /* under way */
WsmanEnumerations *wsman_enumerations_new(void);
void wsman_enumerations_free(WsmanEnumerations *all);
WsmanEnumerations *wsman_enumerations(const WsmanCall *call);
WsmanFault wsman_enumerate(WsmanCall *call, WsmanAnswer *answer); /* enumerate.c */
WsmanFault wsman_pull(WsmanCall *call, WsmanAnswer *answer);
WsmanFault wsman_release(WsmanCall *call, WsmanAnswer *answer);
WsmanFault wsman_subscribe(WsmanCall *call, WsmanAnswer *answer); /* eventing.c */
WsmanFault wsman_renew(WsmanCall *call, WsmanAnswer *answer);
WsmanFault wsman_unsubscribe(WsmanCall *call, WsmanAnswer *answer);

/* The class that a resource URI names; NULL: none that this firmware has. */
const WsmanClass *wsman_resource_class(const WsmanCall *call, const char *uri);
/* The instance of class, or of one that comes from it, that selectors pick. */
WsmanFault wsman_find_instance(WsmanCall *call, const WsmanClass *base,
                               const WsmanSelector *selectors, unsigned int count,
                               const WsmanClass **class, unsigned int *slot);
/* What an endpoint reference picks; node has Address and ReferenceParameters. */
bool wsman_resolve(WsmanCall *call, const xmlNode *node, const WsmanClass **class,
                   unsigned int *slot);
/* The next instance of base at or after (*class, *slot); false: no more. */
bool wsman_next_instance(const WsmanCall *call, const WsmanClass *base, unsigned int *class,
                         unsigned int *slot);
/* Is each parameter there that must be, and each of its type? */
bool wsman_check_parameters(WsmanCall *call, const WsmanParameter *parameters);

#endif
