// SPDX-License-Identifier: GPL-2.0-or-later
//
// Drives MeshCentral's own WS-Management stack, unchanged, against one AMT.
//
//   node mesh-stack.js '{"home": DIR, "host": ..., "port": ..., "tls": 0|1, "user": ..., "pass": ...,
//                        "steps": [["batch", [names]], ["call", method, args...], ...]}'
//
// One line of JSON for each step, then one with what the connection learned. Names with a star are
// Gets, the others Enumerate and Pull.
'use strict';

const job = JSON.parse(process.argv[2]);
const load = (name) => require(`${job.home}/amt/${name}`);
const comm = load('amt-wsman-comm')(job.host, job.port, job.user, job.pass, job.tls, null, null);
if (job.tls) { comm.xtlsFingerprint = 0; } // any certificate: it is the device's own
const stack = load('amt')(load('amt-wsman')(comm));
stack.dev = {};

const say = (value) => process.stdout.write(JSON.stringify(value) + '\n');

// Three things that the decoders use and this package does not define: its web page does.
global.char2hex = (value) => (value + 0x100).toString(16).slice(-2).toUpperCase();
global.format = (text, ...words) => text.replace(/\{(\d+)\}/g, (_all, number) => words[number]);
Buffer.prototype.splice = function splice(from) { return this.subarray(from); };

const kinds = {
  events(done) { stack.GetMessageLog((_stack, records, _tag, status) => done({ status, records })); },
  audit(done) { stack.GetAuditLog((_stack, records, status) => done({ status, records })); },
  batch(names, done) {
    stack.BatchEnum('', names, (_stack, _name, responses, status) => {
      const answers = {};
      for (const name of Object.keys(responses)) {
        const { response, responses: items, status: one } = responses[name];
        answers[name] = { status: one, value: Array.isArray(items) ? items : response };
      }
      done({ status, answers });
    }, null, true);
  },
  call(method, ...rest) {
    const done = rest.pop();
    stack[method](...rest, (_stack, _name, response, status) => {
      done({ status, body: response && response.Body });
    });
  },
  // The class is read, changed and put back, as the stack's users do.
  put(name, changes, done) {
    stack.Get(name, (_stack, _name, got, status) => {
      if (status !== 200) { done({ status }); return; }
      stack.Put(name, Object.assign(got.Body, changes), (_s, _n, response, put) => {
        done({ status: put, body: response && response.Body });
      });
    });
  },
};

const run = (steps) => {
  if (steps.length === 0) {
    say({ amtVersion: comm.amtVersion, digestRealm: comm.digestRealm, tls: comm.xtlsCheck });
    process.exit(0);
  }
  const [kind, ...words] = steps[0];
  kinds[kind](...words, (result) => { say(result); run(steps.slice(1)); });
};
run(job.steps);
