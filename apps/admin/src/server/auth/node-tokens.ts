import { randomUUID } from 'node:crypto'
import { type Actor, insertAct } from '../store/changes.ts'
import type { Store } from '../store/client.ts'
import { bindJoinToken, findJoinToken, findNodeByCredential, findNodeByName, insertJoinToken, upsertNode } from '../store/nodes.ts'
import { hashToken, randomToken } from './tokens.ts'

/** A join token works once, for at most this long. */
export const JOIN_TOKEN_LIFE_MS = 3_600_000

/** Says what a token is, so that a log or a shell history with one is noticed by eye. */
const PREFIX = 'sluice_join_'

export interface KnownNode {
  kind: 'node'
  id: string
  name: string
  workspaceId: string
}

export interface Joining {
  kind: 'join'
  tokenId: string
  workspaceId: string
  /** The name the token was issued for, or null where the node may choose. */
  nodeName: string | null
}

export type Refusal = { kind: 'refused'; code: 'bad_token' | 'expired_token' | 'used_token' | 'revoked' | 'name_taken'; message: string }

interface Parts {
  store: Store
  now: () => number
}

/** Join tokens, and the credentials that they are traded for. */
export class NodeTokens {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async issue(actor: Actor, request: { workspaceId: string; nodeName: string | null }): Promise<{ token: string; expiresAt: Date }> {
    const token = `${PREFIX}${randomToken()}`
    const id = randomUUID()
    const expiresAt = new Date(this.#parts.now() + JOIN_TOKEN_LIFE_MS)
    const { store } = this.#parts
    await insertJoinToken(store.db, {
      id,
      workspace_id: request.workspaceId,
      token_sha256: hashToken(token),
      node_name: request.nodeName,
      created_by: actor.name,
      expires_at: expiresAt,
    })
    await insertAct(store.db, { workspaceId: request.workspaceId, actor, type: 'join_token', id, label: request.nodeName ?? 'any node', op: 'create' })
    return { token, expiresAt }
  }

  /** Who dials with this bearer: a node with its credential, or one that wants to join. */
  async authenticate(bearer: string): Promise<KnownNode | Joining | Refusal> {
    const hash = hashToken(bearer)
    const node = await findNodeByCredential(this.#parts.store.db, hash)
    if (node !== null) {
      if (node.revoked_at !== null)
        return { kind: 'refused', code: 'revoked', message: 'This node was revoked. Join it again with a new token from the dashboard (Nodes, Join a node).' }
      return { kind: 'node', id: node.id, name: node.name, workspaceId: node.workspace_id }
    }
    const token = await findJoinToken(this.#parts.store.db, hash)
    if (token === null)
      return { kind: 'refused', code: 'bad_token', message: 'Neither a credential of a known node nor a join token. Take a new token from the dashboard (Nodes, Join a node).' }
    if (token.expires_at.getTime() <= this.#parts.now())
      return { kind: 'refused', code: 'expired_token', message: 'The join token has expired (they work for an hour). Take a new one from the dashboard.' }
    return { kind: 'join', tokenId: token.id, workspaceId: token.workspace_id, nodeName: token.node_name }
  }

  /** Trades a join token for the credential whose SHA-256 the node sent. The same pair may repeat; any other use of a used token is refused. */
  async enrol(joining: Joining, request: { name: string; credentialSha256: string }): Promise<KnownNode | Refusal> {
    const name = joining.nodeName ?? request.name
    const isNamed = joining.nodeName !== null
    return this.#parts.store.transaction(async (tx) => {
      // A token for any node must not take the place of one that is there; a token that was issued for the name may.
      const holder = await findNodeByName(tx, joining.workspaceId, name)
      if (!isNamed && holder !== null && holder.revoked_at === null && holder.credential_sha256 !== request.credentialSha256) {
        const message = `There is a node named ${name} already. Give this one another SLUICE_NODE_NAME, or take a token for that name from the dashboard (Nodes, Join a node).`
        return { kind: 'refused', code: 'name_taken', message } satisfies Refusal
      }
      if (!(await bindJoinToken(tx, joining.tokenId, request.credentialSha256, new Date(this.#parts.now()))))
        return { kind: 'refused', code: 'used_token', message: 'The join token was used by another node. Each works once: take a new one from the dashboard.' } satisfies Refusal
      const node = await upsertNode(tx, { id: randomUUID(), workspace_id: joining.workspaceId, name, credential_sha256: request.credentialSha256 })
      const actor = { kind: 'system' as const, id: null, name: 'system' }
      await insertAct(tx, { workspaceId: joining.workspaceId, actor, type: 'node', id: node.id, label: name, op: 'join' })
      return { kind: 'node', id: node.id, name, workspaceId: joining.workspaceId } satisfies KnownNode
    })
  }
}
