export const PASSWORD_LENGTH_MIN = 12

/** What to write instead, or null where the password will do. Length is what counts; the control plane checks it again. */
export function passwordProblem(password: string): string | null {
  return password.length < PASSWORD_LENGTH_MIN ? `Write ${PASSWORD_LENGTH_MIN} characters or more; this has ${password.length}.` : null
}
