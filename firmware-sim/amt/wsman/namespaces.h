/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMTF DSP0226 annex A and what AMT adds. */
#ifndef SWME_AMT_WSMAN_NAMESPACES_H
#define SWME_AMT_WSMAN_NAMESPACES_H

#define WSMAN_NS_SOAP        "http://www.w3.org/2003/05/soap-envelope"
#define WSMAN_NS_ADDRESSING  "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define WSMAN_NS_TRANSFER    "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define WSMAN_NS_ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#define WSMAN_NS_EVENTING    "http://schemas.xmlsoap.org/ws/2004/08/eventing"
#define WSMAN_NS_WSMAN       "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define WSMAN_NS_BINDING     "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
#define WSMAN_NS_IDENTITY    "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
#define WSMAN_NS_TRUST       "http://schemas.xmlsoap.org/ws/2005/02/trust"
#define WSMAN_NS_COMMON      "http://schemas.dmtf.org/wbem/wscim/1/common"
#define WSMAN_NS_SECURITY                                                            \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0." \
    "xsd"
#define WSMAN_ANONYMOUS WSMAN_NS_ADDRESSING "/role/anonymous"

#endif
