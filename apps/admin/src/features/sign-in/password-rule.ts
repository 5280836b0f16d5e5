/** The control plane checks it again; length is what counts. */
export const PASSWORD_LENGTH_MIN = 12
