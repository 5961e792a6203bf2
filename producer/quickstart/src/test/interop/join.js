// SPDX-License-Identifier: GPL-2.0-or-later
// Joins every death by a signal to the signal that caused it, and prints one line of tab-separated fields for each.
//
// node join.js BOOTSTRAP REGISTRY_URL TOPIC PARTITION:END...
'use strict'

const { readAll } = require('./read.js')

/** Microseconds that may lie between a signal and the death by it. */
const WINDOW = 300_000_000

const seen = new Set()
const signals = new Map()

function join(event) {
  // The same identity again is a duplicate
  const identity = [event.node, event.bootId, event.captureId, event.hook, event.cpu, event.sequence].join('/')
  if (seen.has(identity)) return
  seen.add(identity)
  // A process, never a bare pid
  const about = [event.node, event.bootId, event.tgid, event.startTime].join('\t')
  if (event.eventType === 'SIGNAL_SENT' && event.signalInfo.fatal) {
    if (!signals.has(about)) signals.set(about, [])
    signals.get(about).push(event)
  } else if (event.eventType === 'PROCESS_EXIT') {
    const number = event.exitInfo.signal
    const cause = (signals.get(about) ?? []).find(
      sent =>
        sent.signalInfo.signal === number &&
        sent.bootTime <= event.bootTime &&
        event.bootTime - sent.bootTime <= WINDOW,
    )
    signals.delete(about)
    if (cause) {
      const { tgid, startTime } = cause.sender ?? { tgid: 0, startTime: 0 }
      process.stdout.write([about, number, tgid, startTime].join('\t') + '\n')
    }
  }
}

readAll(process.argv.slice(2), join).catch(error => {
  console.error(error)
  process.exitCode = 1
})
