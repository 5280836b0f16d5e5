/** The one list of when plugins run: highest priority first, equal to Kong's. Consumer-scoped plugins apply below the authentication that found the consumer. */
export const PLUGIN_ORDER = [
  { name: 'correlation-id', priority: 100_001, reason: 'Everything after it can name the request.' },
  { name: 'cors', priority: 2_000, reason: 'A preflight carries no credentials, so it is answered before they are asked for.' },
  { name: 'jwt', priority: 1_450, reason: 'A token proves by itself, so it is asked before what has to be looked up.' },
  { name: 'key-auth', priority: 1_250, reason: 'Who calls decides which limits count.' },
  { name: 'basic-auth', priority: 1_100, reason: 'After the credentials that cost less to check, so that with `anonymous` those are tried first.' },
  { name: 'hmac-auth', priority: 1_030, reason: 'May wait for the whole body, so it comes last of those who ask who calls.' },
  { name: 'acl', priority: 950, reason: 'Keeps out who may not pass once it is known who calls, before they are counted.' },
  { name: 'rate-limiting', priority: 910, reason: 'Counts callers that are known, before anything is spent on them.' },
  { name: 'canary', priority: 20, reason: 'Chooses the upstream last, when the consumer and its groups are known.' },
  { name: 'request-termination', priority: 2, reason: 'Ends what all others let through.' },
] as const
