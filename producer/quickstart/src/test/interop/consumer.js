// SPDX-License-Identifier: GPL-2.0-or-later
// Reads every partition of a topic up to given offsets and prints one line of tab-separated fields per record.
//
// node consumer.js BOOTSTRAP REGISTRY_URL TOPIC PARTITION:END...
'use strict'

const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require('kafkajs')
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry')
const { decompress } = require('fzstd')

CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  async compress() {
    throw new Error('only reading is needed here')
  },
  async decompress(buffer) {
    return Buffer.from(decompress(buffer))
  },
})

async function main([bootstrap, registryUrl, topic, ...ends]) {
  const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.ERROR })
  const registry = new SchemaRegistry({ host: registryUrl })
  const open = new Map(ends.map(text => text.split(':').map(Number)).filter(([, end]) => end > 0))

  const positions = new Map()
  const next = partition => positions.get(partition) ?? 0

  const consumer = kafka.consumer({ groupId: `interop-${process.pid}-${Date.now()}` })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error)
    })
    consumer
      .run({
        autoCommit: false,
        async eachBatch({ batch, heartbeat }) {
          const end = open.get(batch.partition)
          if (end === undefined) return
          for (const message of batch.messages) {
            const offset = Number(message.offset)
            // After a restart a partition begins again
            if (offset >= next(batch.partition) && offset < end) {
              await print(registry, batch.partition, message)
              positions.set(batch.partition, offset + 1)
            }
          }
          if (Number(batch.lastOffset()) + 1 >= end) open.delete(batch.partition)
          if (open.size === 0) resolve()
          await heartbeat()
        },
      })
      .catch(reject)
  })
  await consumer.disconnect()
}

async function print(registry, partition, message) {
  const event = await registry.decode(message.value)
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

main(process.argv.slice(2)).catch(error => {
  console.error(error)
  process.exitCode = 1
})
