import { CustomPluginError, installCustomPlugins } from '@sluice/plugins/custom-plugins'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { NodeTokens } from './auth/node-tokens.ts'
import { Operators } from './auth/operators.ts'
import { Domain } from './domain/domain.ts'
import { SecretKeys } from './domain/keys.ts'
import { loadSecretKey, type Settings, SettingsError } from './environment.ts'
import { lockDataDir } from './postgres/data-dir-lock.ts'
import { runningPostgres, startPostgres } from './postgres/embedded.ts'
import { createStore, type Store } from './store/client.ts'
import { readInstallation, writeInstallation } from './store/installation.ts'
import { migrate } from './store/migrate.ts'
import { ensureWorkspace } from './store/workspaces.ts'

export interface OpenDatabase {
  store: Store
  keys: SecretKeys
  domain: Domain
  operators: Operators
  nodeTokens: NodeTokens
  workspaceId: string
  close(): Promise<void>
}

type Log = (text: string) => void

interface Opened {
  url: string
  close: () => Promise<void>
}

/** `share`: a command that runs beside the control plane uses its PostgreSQL. */
async function openServer(settings: Settings, options: { share: boolean; log: Log }): Promise<Opened> {
  if (settings.databaseUrl !== null) return { url: settings.databaseUrl, close: async () => {} }
  const lock = lockDataDir(settings.dataDir)
  if ('owner' in lock) {
    const running = options.share ? runningPostgres(settings.dataDir) : null
    if (running !== null) return { url: running.url, close: async () => {} }
    throw new SettingsError(
      `${settings.dataDir} is used by another control plane (process ${lock.owner}). Stop it, give this one a SLUICE_DATA_DIR of its own, or let both share a PostgreSQL of yours by DATABASE_URL.`,
    )
  }
  try {
    const server = await startPostgres({ dataDir: settings.dataDir, log: options.log })
    const close = async () => {
      await server.stop()
      lock.release()
    }
    return { url: server.url, close }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function openKeys(settings: Settings, store: Store): Promise<SecretKeys> {
  const known = await readInstallation(store.db)
  const secret = loadSecretKey(settings, known === null)
  if (secret === null)
    throw new SettingsError(
      `The database's secrets are sealed with the key ${known?.key_id}, and ${settings.dataDir} has no key. Copy secret.key of the former control plane there, or set SLUICE_SECRET_KEY to its content.`,
    )
  const keys = new SecretKeys(secret)
  const { key_id, key_check } = known ?? (await writeInstallation(store.db, keys.identity))
  if (key_check !== keys.identity.key_check)
    throw new SettingsError(
      `The database's secrets are sealed with the key ${key_id}, this control plane has ${keys.identity.key_id}. Set SLUICE_SECRET_KEY to the content of the former control plane's secret.key.`,
    )
  return keys
}

/** What is wrong with DATABASE_URL, in words that name neither its password nor the whole of it; null where the fault is another one. */
function unreachable(url: string, error: Error & { code?: string }): SettingsError | null {
  if (!URL.canParse(url)) return new SettingsError('DATABASE_URL must look like postgresql://user:password@host:5432/database')
  const { host, pathname, username } = new URL(url)
  const reasons: Record<string, string> = {
    ECONNREFUSED: `nothing listens at ${host}`,
    ENOTFOUND: `there is no host ${host}`,
    ETIMEDOUT: `${host} does not answer`,
    '28P01': `${host} refuses the user ${username} with this password`,
    '28000': `${host} refuses the user ${username}`,
    '3D000': `${host} has no database ${pathname.slice(1)}; make it first`,
  }
  const reason = reasons[error.code ?? ''] ?? (/timeout/i.test(error.message) ? reasons.ETIMEDOUT : null)
  return reason === undefined || reason === null ? null : new SettingsError(`DATABASE_URL cannot be used: ${reason}.`)
}

/** Once per process: a control plane that is opened again has them already. */
const installed = new Set<string>()

async function installPlugins({ pluginsDir }: Settings, log: Log): Promise<void> {
  if (pluginsDir === null || installed.has(pluginsDir)) return
  try {
    const plugins = await installCustomPlugins(pluginsDir)
    installed.add(pluginsDir)
    log(`plugins of your own: ${plugins.map(({ name }) => name).join(', ')}`)
  } catch (error) {
    throw error instanceof CustomPluginError ? new SettingsError(`SLUICE_PLUGINS_DIR: ${error.message}`) : error
  }
}

/** Starts or finds PostgreSQL, brings it to this version's schema and opens what works on it. */
export async function openDatabase(settings: Settings, options: { share: boolean; log: Log; onPoolError?: (error: Error) => void }): Promise<OpenDatabase> {
  await installPlugins(settings, options.log)
  const server = await openServer(settings, options)
  let store: Store | null = null
  try {
    const applied = await migrate(server.url).catch((error: Error) => {
      throw settings.databaseUrl === null ? error : (unreachable(settings.databaseUrl, error) ?? error)
    })
    if (applied.length > 0) options.log(`migrated the database: ${applied.join(', ')}`)
    const opened = createStore(server.url, options.onPoolError)
    store = opened
    const keys = await openKeys(settings, opened)
    const { id: workspaceId } = await ensureWorkspace(opened.db)
    const now = () => Date.now()
    return {
      store: opened,
      keys,
      domain: new Domain({ store: opened, keys, plugins: PLUGIN_SCHEMAS, workspaceId }),
      operators: new Operators({ store: opened, workspaceId, now }),
      nodeTokens: new NodeTokens({ store: opened, now }),
      workspaceId,
      close: async () => {
        await opened.close()
        await server.close()
      },
    }
  } catch (error) {
    await store?.close()
    await server.close()
    throw error
  }
}
