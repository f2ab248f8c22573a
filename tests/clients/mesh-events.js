// SPDX-License-Identifier: GPL-2.0-or-later
//
// Subscribes to events with MeshCentral's own stack, has one happen, reads it with MeshCentral's own
// parser, and unsubscribes with what the enumeration gave.
//
//   node mesh-events.js '{"home": DIR, "host": ..., "port": ..., "user": ..., "pass": ..., "listen": ADDRESS}'
//
// One line of JSON: what each step said.
'use strict';

const http = require('http');

const job = JSON.parse(process.argv[2]);
const load = (name) => require(`${job.home}/amt/${name}`);
const wsman = load('amt-wsman')(load('amt-wsman-comm')(job.host, job.port, job.user, job.pass, 0, null, null));
const stack = load('amt')(wsman);
const { ParseWsman } = load('amt-xml');
const said = { events: [] };

const listed = (name) => new Promise((done) => {
  stack.Enum(name, (_stack, _name, responses, status) => done({ status, responses }));
});

const unsubscribe = async () => {
  const subscription = (await listed('CIM_FilterCollectionSubscription')).responses[0];
  said.subscription = subscription;
  stack.UnSubscribe('CIM_FilterCollectionSubscription', async (_stack, _name, _response, status) => {
    said.unsubscribed = status;
    said.left = (await listed('CIM_FilterCollectionSubscription')).responses.length;
    process.stdout.write(JSON.stringify(said) + '\n', () => process.exit(0));
  }, null, 1, { Filter: subscription.Filter, Handler: subscription.Handler });
};

const server = http.createServer((request, answer) => {
  let body = '';
  request.on('data', (data) => { body += data; });
  request.on('end', () => {
    answer.end();
    const event = ParseWsman(body);
    said.events.push({ path: request.url, agent: request.headers['user-agent'], header: event && event.Header,
                       body: event && event.Body });
    unsubscribe();
  });
});

server.listen(0, job.listen, () => {
  const url = `http://${job.listen}:${server.address().port}/amtevents.ashx`;
  said.url = url;
  stack.Subscribe('CIM_FilterCollection', 'PushWithAck', url, (_stack, _name, _response, status) => {
    said.subscribed = status;
    stack.RequestPowerStateChange(5, (_s, _n, _r, power) => { said.power = power; }); // off and on: an event
  }, null, 1, { InstanceID: 'Intel(r) AMT:All' }, 'node//1', 'bob', 'unused');
});
