# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's programs that tests run: fetched when a test first wants them, kept in the cache.

Of each archive only the files that are named are kept. npm's versions are fixed, so that a test
means the same tomorrow; Debian's are what its release has.
"""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from guest import kernels
from guest.apt import Apt
from guest.common import Failed, cache_dir, locked, program, say, staged

BLOCK = 1 << 20


def _pick(stream, mode, names, scratch):
    """Writes the named members, found by the end of their names; stops when it has all."""
    missing = set(names)
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for member in archive:
            path = "/" + member.name
            found = next((name for name in missing if path.endswith("/" + name)), None)
            if found and member.isfile():
                kept = scratch / found
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(archive.extractfile(member).read())
                missing.discard(found)
                if not missing:
                    return
    raise Failed(f"the archive has no {', '.join(sorted(missing))}")


def _kept(target, fill):
    """The directory TARGET of the cache, filled once."""
    if not target.is_dir():
        with locked(target.parent / f".{target.name}.lock"):
            if not target.is_dir():
                with staged(target) as scratch:
                    fill(scratch)
    return target


def npm(package, version, sha512, names):
    """A directory with files of an npm package; SHA512 is what the registry calls its integrity."""
    key = hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]
    return _kept(cache_dir("npm") / f"{package.replace('/', '-')}-{version}-{key}",
                 lambda scratch: _npm(package, version, sha512, names, scratch))


def _registry():
    """The user's own, where npm is there to know it."""
    said = ""
    if shutil.which("npm"):
        said = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True,
                              check=False).stdout.strip()
    return (said if said.startswith("http") else "https://registry.npmjs.org").rstrip("/")


def _npm(package, version, sha512, names, scratch):
    url = f"{_registry()}/{package}/-/{package.split('/')[-1]}-{version}.tgz"
    say(f"fetching {package} {version} (once; kept in {scratch.parent})")
    digest = hashlib.sha512()
    with tempfile.TemporaryFile(dir=scratch) as packed:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                while block := answer.read(BLOCK):
                    digest.update(block)
                    packed.write(block)
        except (OSError, urllib.error.URLError) as error:
            raise Failed(f"{package} {version} cannot be fetched: {error}") from error
        if base64.b64encode(digest.digest()).decode() != sha512:
            raise Failed(f"{package} {version} is not the one that it should be")
        packed.seek(0)
        _pick(packed, "r:gz", names, scratch)


def kernel_source(series, names):
    """A directory with files of Debian's source of the kernel SERIES."""
    key = hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]
    return _kept(cache_dir("source") / f"linux-{series}-{key}",
                 lambda scratch: _kernel_source(series, names, scratch))


def _kernel_source(series, names, scratch):
    package = f"linux-source-{series}"
    say(f"fetching {package} (once; {len(names)} of its files kept in {scratch.parent})")
    apt = Apt(kernels.SERIES[series][0][1])
    apt.update()
    archive = apt.download(package, scratch)
    with subprocess.Popen([program("dpkg-deb"), "--fsys-tarfile", archive],
                          stdout=subprocess.PIPE) as unpacker, \
            tarfile.open(fileobj=unpacker.stdout, mode="r|") as outer:
        for member in outer:
            if member.name.endswith(".tar.xz"):
                _pick(outer.extractfile(member), "r|xz", names, scratch)
                unpacker.kill()
                break
    archive.unlink()


def meshcentral():
    """MeshCentral's own AMT stack, manager and scanner, and what MeshCMD is made of."""
    return npm("meshcentral", MESHCENTRAL, MESHCENTRAL_SHA512,
               [MESH_AGENT, MESH_SCRIPT, *MESH_STACK,
                *(f"{MESH_MODULES}/{name}.js" for name in MESH_MODULE_NAMES)])


def meshcmd():
    """MeshCMD as MeshCentral makes it: the agent, and behind it the script with its modules."""
    home = meshcentral()
    modules = "".join(_mesh_module(home, name) for name in MESH_MODULE_NAMES)
    script = ("var addedModules = [];\r\n" + modules).encode() + (home / MESH_SCRIPT).read_bytes()
    return (home / MESH_AGENT).read_bytes() + script + len(script).to_bytes(4, "big") + MESH_MARK


def wsman_messages():
    """Where index.js of @device-management-toolkit/wsman-messages is, the messages of MPS and console."""
    return npm("@device-management-toolkit/wsman-messages", WSMAN_MESSAGES, WSMAN_MESSAGES_SHA512,
               ["package/index.js", "package/WSMan.js", "package/models/index.js",
                "package/models/common.js",
                *(f"package/{space}/{name}.js" for space in ("amt", "cim", "ips")
                  for name in ("index", "actions", "classes", "messages", "methods", "models",
                               "types"))]) / "package"


def node_forge():
    """Where node-forge's modules are: MeshCentral issues certificates with it."""
    return npm("node-forge", NODE_FORGE, NODE_FORGE_SHA512,
               [f"package/lib/{name}.js" for name in NODE_FORGE_NAMES]) / "package/lib"


MESHCENTRAL = "1.1.55"
MESHCENTRAL_SHA512 = ("imC+3LRoM+01+Rhcm1vg5WMKFiKUx/eAkM1AUUEVuVZxGuxVFHn9QaxKoI9xXIEJosg3+1391KBo"
                      "XL7ZWjIf9w==")
MESH_AGENT = "agents/meshagent_x86-64"
MESH_SCRIPT = "agents/meshcmd.js"
MESH_MODULES = "agents/modules_meshcmd"
# MeshCentral adds all that it has: these are what runs on Linux without a console's window.
MESH_MODULE_NAMES = ("amt", "amt-apfclient", "amt-lme", "amt-mei", "amt-scanner", "amt-wsman",
                     "amt-wsman-duk", "amt-xml", "linux-dhcp", "smbios")
MESH_STACK = ("amtmanager.js", "amtscanner.js", "common.js",
              *(f"amt/{name}.js" for name in ("amt", "amt-wsman", "amt-wsman-comm", "amt-xml")))
MESH_MARK = bytes.fromhex("B996015880544A19B7F7E9BE44914C18")  # where the agent looks for a script

WSMAN_MESSAGES = "5.14.1"
WSMAN_MESSAGES_SHA512 = ("a3WI2TGUDhshPdLGQqvqIW+FDVXFzxtp2QoQwrt77odEGe33kyhp+1J6RxZw8SxFUIAjVWG2zVHW"
                         "CAizwAa10A==")
NODE_FORGE = "1.3.3"
NODE_FORGE_SHA512 = "rLvcdSyRCyouf6jcOIPe/BgwG/d7hKjzMKOas33/pHEr6gbq18IK9zV7DiPvzsz0oBJPme6qr6H6kGZuI9/DZg=="
NODE_FORGE_NAMES = ("aes", "aesCipherSuites", "asn1", "asn1-validator", "baseN", "cipher", "cipherModes",
                    "des", "ed25519", "forge", "hmac", "http", "index", "jsbn", "kem", "log", "md",
                    "md.all", "md5", "mgf", "mgf1", "oids", "pbe", "pbkdf2", "pem", "pkcs1", "pkcs12",
                    "pkcs7", "pkcs7asn1", "pki", "prime", "prng", "pss", "random", "rc2", "rsa", "sha1",
                    "sha256", "sha512", "ssh", "tls", "util", "x509")


def _mesh_module(home, name):
    # A byte order mark, which the minified modules that MeshCentral prefers do not have.
    data = (home / MESH_MODULES / f"{name}.js").read_bytes().removeprefix(b"\xef\xbb\xbf")
    text = data.decode("latin-1")
    escaped = text.translate(str.maketrans({
        "\\": "\\\\", '"': '\\"', "'": "\\'", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r",
        "\t": "\\t"}))
    return f'try {{ addModule("{name}", "{escaped}"); addedModules.push("{name}"); }} catch (ex) {{ }}\r\n'
