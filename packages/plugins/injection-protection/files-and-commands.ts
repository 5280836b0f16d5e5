// biome-ignore-all lint/suspicious/noControlCharactersInRegex: NUL parts values, and attackers send the others.
/*
 * Paths that climb out of their folder, and commands for a shell. Texts are in lower case, values are parted by NUL; a NUL within a value
 * is \x01 by then. Expressions have only bounded repetitions.
 */

const CLIMBS = /(?:\.\.[/\\;]{1,4}){2}|\.\.\.\.\/\/|\.\.;\//
const CLIMBS_FAR = /(?:\.\.[/\\;]{1,4}){4}/
/** Files that are worth climbing for. */
const FILES =
  /(?:\/|\\|^|\x00)(?:etc[/\\](?:passwd|shadow|group|hosts|issue|hostname|crontab|sudoers|nginx|apache2|ssh|mysql)|proc[/\\](?:self|version|cpuinfo|\d{1,7}[/\\])|windows[/\\](?:win\.ini|system32|system\.ini|repair)|winnt[/\\]|boot\.ini|web-inf[/\\]|web\.config|wp-config\.php|\.htpasswd|\.htaccess|\.git[/\\]config|\.env(?:$|\x00)|\.ssh[/\\]|\.aws[/\\]credentials|var[/\\]log[/\\]|var[/\\]www[/\\]|root[/\\]\.|dev[/\\](?:tcp|null|random)|inetpub[/\\]|autoexec\.bat)/
const SCHEMES = /(?:^|\x00|[=\s"'(])(?:(?:file|php|phar|zip|expect|glob|ogg|rar|gopher|dict|netdoc):\/\/|file:\/|netdoc:\/|jar:(?:https?|ftp|file):)/
const CUT_NAME = /\x01[.\w]|\x01(?:$|\x00)/
const DRIVE = /(?:^|\x00|[=\s"'])[a-z]:[\\/]{1,2}(?:windows|winnt|boot\.ini|inetpub|users[\\/]administrator)|(?:^|\x00)\\\\[a-z0-9.]{1,60}\\[a-z$]/
/** One step is enough where the value is nothing but a path. */
const IS_CLIMB = /(?:^|\x00)[/\\]?\.\.[/\\][^\s\x00]{0,200}(?:$|\x00)|[/\\]\.\.(?:$|\x00|[/\\])/

/** @param isFree the place holds texts that people write, in which a path of a program may be quoted. */
export function findTraversal(text: string, isFree: boolean): boolean {
  const hasSteps = text.includes('..')
  if (hasSteps && (CLIMBS_FAR.test(text) || (!isFree && (CLIMBS.test(text) || IS_CLIMB.test(text))))) return true
  if (hasSteps && FILES.test(text)) return true
  if (text.includes('\x01') && CUT_NAME.test(text)) return true
  return SCHEMES.test(text) || DRIVE.test(text) || (!isFree && FILES.test(text)) || (isFree && WHOLE_FILE.test(text))
}

const WHOLE_FILE = /(?:^|\x00)[/\\](?:etc[/\\](?:passwd|shadow|hosts|group)|proc[/\\]self|windows[/\\]win\.ini)[^\s\x00]{0,60}\s{0,20}(?:$|\x00)/

/** Commands that nobody means otherwise, and those that are words too: these must look like a call. */
const RARE = new Set(
  'whoami uname ifconfig ipconfig netstat nslookup wget curl ncat netcat powershell systeminfo tasklist certutil bitsadmin mshta wscript cscript regsvr32 busybox printenv traceroute tftp nohup chmod chown sudo passwd useradd bash zsh ksh csh tcsh perl python python3 php ruby lua gcc awk crontab hostname'.split(
    ' ',
  ),
)
const COMMON = new Set(
  'cat ls id sh nc ping dig sleep rm cp mv kill ps cmd type dir net telnet ssh scp env echo touch find head tail more less sort tee sed base64 xxd eval exec source ip arp df du w who date time timeout mail mount tar gzip grep set export start copy del node host'.split(
    ' ',
  ),
)
const ARGUMENT = /^(?:[\s\x01+]|\$\{?ifs\}?|[<{,]){1,6}(?:[-/~$\\.*"'<>%&|`]|\d{1,3}\b(?!\s[a-z])|https?:|[a-z]:[\\/]|[\w.-]{1,60}\.[\w]{1,10}\b|[\w.-]{1,40}@)/
const ENDS = /^[\s]{0,20}(?:$|[\x00;|&`)<>#\n"'])/
const PATHED = /^[\s]{0,4}(?:\$\(|`)?(?:\/(?:usr\/)?(?:local\/)?s?bin\/|\/system\/|c:\\windows\\)[a-z0-9/\\.]{1,40}/
const WORD = /^[\s]{0,4}[\\'"^]{0,2}([a-z][a-z0-9]{0,12})(?:\.exe)?[\\'"^]{0,2}/
const SIGNS =
  /\$\{ifs\}|\$ifs\b|\(\)[\s]{0,3}\{[\s]{0,3}:[\s]{0,3};[\s]{0,3}\}[\s]{0,3};|\/dev\/(?:tcp|udp)\/|\/bin\/(?:ba|z|k|c|da)?sh\b[\s]{0,3}-[ci]|\bcmd(?:\.exe)?[\s+]{1,3}\/[ck]\b|\bpowershell(?:\.exe)?[\s+]{1,3}-(?:e|enc|nop|c|command|w|exec)|\b(?:nc|ncat|netcat)[\s+]{1,3}-[a-z]{0,6}e[a-z]{0,3}\s|\bbase64[\s+]{1,3}-d[^\x00]{0,20}\||\|[\s]{0,3}(?:ba|z)?sh\b[\s]{0,3}(?:$|\x00|-|;)|rm[\s+]{1,3}-[rf]{2}[\s+]{1,3}[/~*]/

/** Commands behind one of these are looked at; a program has thousands of them, so each costs only a look at the next word. */
function isOperator(code: number): boolean {
  return code === 0x3b || code === 0x7c || code === 0x26 || code === 0x60 || code === 0x0a || code === 0x28
}

/** True where a text would make a shell run something else besides. */
export function findCommand(text: string, isFree: boolean): boolean {
  if (SIGNS.test(text)) return true
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (!isOperator(code)) continue
    // $( and <( and >( begin a command, another parenthesis does not; in texts of people a line begins with any word.
    if (code === 0x28 && !isSubstitution(text, at)) continue
    if (code === 0x0a && isFree) continue
    if (isCommand(text, at, code)) return true
  }
  return false
}

function isSubstitution(text: string, at: number): boolean {
  const before = at === 0 ? 0 : text.charCodeAt(at - 1)
  return before === 0x24 || before === 0x3c || before === 0x3e
}

function isCommand(text: string, operator: number, code: number): boolean {
  const next = text.charCodeAt(operator + 1)
  // The next sign is looked at by itself.
  if (isOperator(next) || next === 0 || Number.isNaN(next)) return false
  const ahead = text.slice(operator + 1, operator + 90)
  if (PATHED.test(ahead)) return true
  const found = WORD.exec(ahead)
  if (found === null) return false
  const name = String(found[1])
  const isRare = RARE.has(name)
  if (!isRare && !COMMON.has(name)) return false
  const rest = ahead.slice(found[0].length)
  if (ARGUMENT.test(rest)) return isRare || code !== 0x26 || text.charCodeAt(operator - 1) === 0x26 || /^[\s+]{1,3}(?:[-/~$]|[a-z]:[\\/])/.test(rest)
  if (!ENDS.test(rest)) return false
  // a & b, in a name or a title, is no command.
  return isRare || (code !== 0x26 && code !== 0x60) || text.charCodeAt(operator - 1) === 0x26 || next !== 0x20
}
