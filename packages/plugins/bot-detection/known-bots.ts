/*
 * Names that programs put into User-Agent, by the families that Kong's plugin refuses. All are plain texts: a search for them takes time linear
 * in the header. Case counts, since some are words (`WIRE`) that a browser may have in another case.
 */

/** HTTP libraries that name themselves where a program sets no User-Agent. curl, wget and python-requests are not among them, as in Kong. */
const LIBRARIES = [
  'Apache-HttpClient',
  'Go-http-client',
  'Google-HTTP-Java-Client',
  'HttpMonitor',
  'JNLP',
  'Python-urllib',
  'TLSProber',
  'WinHTTP',
  'axios',
  'http%20client',
  'okhttp',
  'reqwest',
  'unirest',
]

/** Crawlers, previewers and feed readers whose names have none of the words below. */
const CRAWLERS = [
  '1470.net',
  'Aboundex',
  'AppEngine-Google',
  'Ask Jeeves',
  'BingPreview',
  'BoardReader',
  'Charlotte',
  'Checklinks',
  'Daumoa',
  'Feed Seeker',
  'Flamingo_SearchEngine',
  'Genieo',
  'GomezAgent',
  'Google SketchUp',
  'Google/+/web/snippet',
  'InternetArchive',
  'Kraken',
  'Mediapartners-Google',
  'MSIECrawler',
  'Netvibes',
  'NewsGator',
  'Nutch',
  'PagePeeker',
  'Pingdom.com',
  'Pompos',
  'Read%20Later',
  'Scrapy',
  'SimplePie',
  'SimpleRSS',
  'Slurp',
  'Squrl',
  'Steeler',
  'URL2PNG',
  'Vagabondo',
  'WebThumb',
  'WebZIP',
  'WhatWeb',
  'WordPress',
  'Wotbox',
  'Xenu',
  'YahooSeeker',
  'Yandex',
  'Yeti',
  'YottaaMonitor',
  'Zao',
  'ZyBorg',
  'altavista',
  'archiver',
  'facebookexternalhit',
  'favicon',
  'fetchurl',
  'findlinks',
  'grub-client',
  'heritrix',
  'htdig',
  'ia_archiver',
  'ichiro',
  'indexer',
  'larbin',
  'lycos',
  'netresearch',
  'semanticdiscovery',
  'yacy',
]

const NAMES = new RegExp([...LIBRARIES, ...CRAWLERS].map((name) => name.replaceAll(/[.+/]/g, '\\$&')).join('|'))
/** What programs call what they do, in any case. */
const WORDS = /spider|crawl|scrape/i
/** `bot` behind two characters that are not `Cu`: CUBOT is a telephone. */
const BOT = /(?:[^cC].|[cC][^uU])[bB]ot/

/** True where a User-Agent names a known program, or calls itself one. */
export function isKnownBot(userAgent: string): boolean {
  return NAMES.test(userAgent) || WORDS.test(userAgent) || BOT.test(userAgent)
}
