// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lets MeshCentral's own scanner and AMT manager, unchanged, find and manage one AMT. Around them is
// the little of a server that they ask for: one device, one group, a database in memory.
//
//   node mesh-manager.js '{"home": DIR, "forge": DIR, "host": ADDRESS, "user": ..., "pass": ...,
//                          "policy": 0|3, "power": N}'
//
// The ports are AMT's own, 16992 and 16993: each AMT under test has an address to itself. Ends when
// the manager has polled the power state, or says why it gave up. One line of JSON.
'use strict';

const crypto = require('crypto');

const job = JSON.parse(process.argv[2]);
const forge = require(job.forge + '/index.js');

// The certificate authority of this server.
const keys = forge.pki.rsa.generateKeyPair(2048);
const root = forge.pki.createCertificate();
root.publicKey = keys.publicKey;
root.serialNumber = '01';
root.validity.notBefore = new Date(Date.now() - 86400000);
root.validity.notAfter = new Date(Date.now() + 10 * 365 * 86400000);
const name = [{ name: 'commonName', value: 'MeshCentralRoot-test' }];
root.setSubject(name);
root.setIssuer(name);
root.setExtensions([{ name: 'basicConstraints', cA: true }]);
root.sign(keys.privateKey, forge.md.sha256.create());

const node = {
  _id: 'node//test', meshid: 'mesh//test', name: 'test', host: job.host, domain: '',
  intelamt: { user: job.user, pass: job.pass, state: 2, tls: job.tls || 0 },
};
const mesh = { _id: 'mesh//test', mtype: 1, domain: '', name: 'test', amt: { type: job.policy } };
const result = { log: [], stored: {}, power: [] };

const finish = (why) => {
  result.end = why;
  result.node = node.intelamt;
  process.stdout.write(JSON.stringify(result) + '\n');
  process.exit(0);
};

const parent = {
  crypto,
  common: require(`${job.home}/common.js`),
  args: {},
  config: { domains: { '': {} } },
  certificates: { root: { cert: forge.pki.certificateToPem(root), key: forge.pki.privateKeyToPem(keys.privateKey) } },
  certificateOperations: { forge, logAmtActivation() {} },
  mpsserver: { server: null, GetConnectionToNode: () => null },
  webserver: {
    meshes: { [mesh._id]: mesh }, certificates: {},
    CreateMeshDispatchTargets: () => [], CloneSafeNode: (x) => x,
  },
  taskLimiter: { launch(func, value) { setImmediate(() => func(value, 1, [])); }, completed() {} },
  db: {
    Get(_id, func) { setImmediate(() => func(null, [JSON.parse(JSON.stringify(node))])); },
    Set(value) {
      if (value._id === node._id) { Object.assign(node, value); } else { result.stored[value._id] = value; }
    },
    GetHash(_id, func) { setImmediate(() => func(null, [])); },
  },
  debug(_source, ...words) {
    result.log.push(words.filter((word) => word != null).join(' '));
    if (words[1] === 'Remove device') { finish(`given up: ${words[words.length - 1]}`); }
  },
  AddEventDispatch() {},
  DispatchEvent() {},
  GetConnectivityState: () => ({ connectivity: 4 }),
  SetConnectivityState(_mesh, _node, _time, _type, power) {
    result.power.push(power);
    // A managed device, and then its power action if one was asked for.
    if (job.power && result.power.length === 1) {
      const stack = parent.amtManager.amtDevices[node._id][0].amtstack;
      const ask = stack.RequestPowerStateChange;
      stack.RequestPowerStateChange = (action, func) => ask(action, (...answer) => {
        result.action = { status: answer[3], value: answer[2] && answer[2].Body };
        func(...answer);
        finish('done');
      });
      parent.amtManager.HandleEvent(null, {
        action: 'amtpoweraction', nodeids: [node._id], actiontype: job.power,
      });
    } else { finish('done'); }
  },
};
parent.amtManager = require(`${job.home}/amtmanager.js`).CreateAmtManager(parent);
parent.amtScanner = require(`${job.home}/amtscanner.js`).CreateAmtScanner(parent);
console.log = (...words) => result.log.push(words.map(String).join(' ')); // its stdout is ours
const silence = setTimeout(() => finish('silence'), (job.seconds || 60) * 1000);
silence.unref();
// It connects, reads the Server line and, if that is AMT's, starts to manage the device.
parent.amtScanner.performSpecificScan(node);
