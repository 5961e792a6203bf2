// SPDX-License-Identifier: GPL-2.0-or-later
// Reads every partition of a topic up to given offsets and prints one line of tab-separated fields per record.
//
// node consumer.js BOOTSTRAP REGISTRY_URL TOPIC PARTITION:END...
'use strict'

const { readAll } = require('./read.js')

function print(event, partition, message) {
  const fields = [
    partition,
    message.offset,
    message.key.toString('utf8'),
    message.timestamp,
    event.node,
    event.bootId,
    event.captureId,
    event.hook,
    event.cpu,
    event.sequence,
    event.timestamp,
    event.bootTime,
    event.eventType,
    event.tgid,
    JSON.stringify(event.command),
    event.exitInfo ? event.exitInfo.code : '-',
    event.signalInfo ? event.signalInfo.signalName : '-',
    event.senderPid === null ? '-' : event.senderPid,
  ]
  process.stdout.write(fields.join('\t') + '\n')
}

readAll(process.argv.slice(2), print).catch(error => {
  console.error(error)
  process.exitCode = 1
})
