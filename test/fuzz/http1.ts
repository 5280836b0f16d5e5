import { parseArgs } from 'node:util'
import { compareReadings } from './compare-readings.ts'
import { Llhttp } from './llhttp-reading.ts'

/** Our HTTP/1.1 parser against llhttp on random messages: `node test/fuzz/http1.ts --minutes 10 [--seed 1]`. Ends with 1 on a fault. */

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)
console.log(`seed ${seed}, ${values.minutes} minutes`)
const llhttp = await Llhttp.start()
const { messages, accepted, refused, faults } = await compareReadings(llhttp, seed, performance.now() + Number(values.minutes) * 60_000)
await llhttp.stop()
console.log(`${messages} messages: ${accepted} read whole, ${refused} refused, ${faults.length} faults`)
for (const fault of faults) console.log(fault)
process.exitCode = faults.length > 0 ? 1 : 0
