// The migrations, one after another on an empty database, must give exactly prisma/schema.prisma.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const { status, stdout, stderr } = spawnSync(
  'prisma',
  ['migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma', '--script', '--exit-code'],
  {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: join(ROOT, 'scripts/schema-engine.mjs'), PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  },
)
if (status === 0) console.log('schema and migrations agree')
else {
  console.error(status === 2 ? `prisma/schema.prisma says more than the migrations. Write what is missing into a new folder of prisma/migrations:\n${stdout}` : stderr || stdout)
  process.exitCode = 1
}
