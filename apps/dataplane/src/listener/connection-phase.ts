/** What an HTTP/1.x connection is at. Numbers in their order: below BUSY nothing runs on it. */
export const IDLE = 0
export const IN_HEAD = 1
export const BUSY = 2
export const TUNNEL = 3
/** Everything is said; what the client still sends is thrown away until it closes too. */
export const LINGERING = 4
export const CLOSED = 5
