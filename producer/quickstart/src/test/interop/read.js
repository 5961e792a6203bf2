// SPDX-License-Identifier: GPL-2.0-or-later
// Reads every partition of a topic up to given offsets.
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

/**
 * Hands every record to `take(event, partition, message)`, in the order of its partition.
 *
 * @param {string[]} args BOOTSTRAP REGISTRY_URL TOPIC PARTITION:END...
 */
async function readAll([bootstrap, registryUrl, topic, ...ends], take) {
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
              await take(await registry.decode(message.value), batch.partition, message)
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

module.exports = { readAll }
