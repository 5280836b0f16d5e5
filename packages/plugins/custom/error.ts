/** A plugin of a user cannot be used: which file, and why, for the person who starts Sluice. */
export class CustomPluginError extends Error {
  constructor(file: string, reason: string) {
    super(`the plugin in ${file} cannot be used: ${reason}`)
  }
}
