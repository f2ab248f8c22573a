// SPDX-License-Identifier: GPL-2.0-or-later
//
// Builds messages with npm's @device-management-toolkit/wsman-messages, on request.
//
//   node messages.js DIR
//
// A line of JSON in, {"space": "AMT", "class": "GeneralSettings", "builder": "Get", "words": [...]},
// a line out: {"xml": ...} or {"error": ...}. The first line out lists what there is.
'use strict';

const { join } = require('path');
const package_ = require(join(process.argv[2], 'index.js'));
const spaces = {};
const list = [];
for (const space of ['AMT', 'CIM', 'IPS']) {
  spaces[space] = new package_[space].Messages();
  for (const [name, messages] of Object.entries(spaces[space])) {
    if (messages && messages.className) {
      const builders = Object.keys(messages)
        .filter((key) => typeof messages[key] === 'function' && !key.startsWith('protected'));
      list.push({ space, class: name, cim: messages.className, builders });
    }
  }
}
console.log(JSON.stringify(list));

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const wanted = JSON.parse(line, (_, value) => (value && value.date ? new Date(value.date) : value));
  let answer;
  try {
    answer = { xml: spaces[wanted.space][wanted.class][wanted.builder](...(wanted.words || [])) };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
});
