# SPDX-License-Identifier: GPL-2.0-or-later
"""A console at AMT's WS-Management: each of its answers is linted."""
import base64
import os
import sys

from serving import PASSWORD, equal, md5

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))
import soap  # noqa: E402  pylint: disable=C0413
from amt_http import Session  # noqa: E402  pylint: disable=C0413


class Console:
    def __init__(self, port, user="admin", password=PASSWORD):
        self.session = Session("127.0.0.1", port, user, password)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()

    def send(self, document):
        answer = self.session.request("POST", "/wsman", document)
        equal(soap.lint(answer, document), [], "what is wrong with the answer")
        return soap.Message(answer.body)

    def get(self, name, selectors=None):
        return soap.value(self.send(soap.get(name, 1, selectors)).first)

    def call(self, name, method, wanted=0, selectors=None, **parameters):
        """Its outputs; what it returns must be wanted."""
        body = "".join(f"<r:{key}>{one}</r:{key}>" for key, value in parameters.items()
                       for one in (value if isinstance(value, list) else [value]))
        uri = soap.uri(name)
        message = self.send(soap.envelope(
            f"{uri}/{method}", uri, f'<r:{method}_INPUT xmlns:r="{uri}">{body}</r:{method}_INPUT>', 1, selectors))
        equal(message.return_value, str(wanted), f"{name}.{method}")
        return soap.value(message.first)

    def create(self, name, **properties):
        body = "".join(f"<g:{key}>{value}</g:{key}>" for key, value in properties.items())
        message = self.send(soap.envelope(soap.TRANSFER + "/Create", soap.uri(name),
                                          f'<g:{name} xmlns:g="{soap.uri(name)}">{body}</g:{name}>', 1))
        equal(soap.local(message.first), "ResourceCreated", f"Create of {name}")

    def denied(self, name, method):
        uri = soap.uri(name)
        message = self.send(soap.envelope(f"{uri}/{method}", uri, f'<r:{method}_INPUT xmlns:r="{uri}" />', 1))
        equal(message.subcode, "AccessDenied", f"{name}.{method}")

    def put(self, name, **properties):
        """Its answer's subcode; None: it is done."""
        body = "".join(f"<g:{key}>{value}</g:{key}>" for key, value in properties.items())
        return self.send(soap.envelope(soap.TRANSFER + "/Put", soap.uri(name),
                                       f'<g:{name} xmlns:g="{soap.uri(name)}">{body}</g:{name}>', 1)).subcode

    def instances(self, name):
        context = self.send(soap.enumerate_request(name, 1)).context
        return [soap.value(one) for one in self.send(soap.pull(name, context, 2)).items]

    def add_user(self, name, *realms):
        realm = self.get("AMT_GeneralSettings")["DigestRealm"]
        digest = base64.b64encode(bytes.fromhex(md5(f"{name}:{realm}:{PASSWORD}"))).decode()
        self.call("AMT_AuthorizationService", "AddUserAclEntryEx", DigestUsername=name, DigestPassword=digest,
                  AccessPermission=2, Realms=list(realms))

    def power(self, state):
        self.call("CIM_PowerManagementService", "RequestPowerStateChange", PowerState=state)
