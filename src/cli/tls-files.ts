/** Certificates and keys from files, checked before a connection fails for a reason that nobody sees. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errorMessage, nexumError } from '../errors.js';

/** Files, and how the user named them, for messages. */
export interface TlsFiles {
  readonly ca?: NamedFile;
  readonly cert?: NamedFile;
  readonly key?: NamedFile;
}

export interface NamedFile {
  readonly path: string;
  /** `--tls-cert` or `NEXUM_TLS_CERT`. */
  readonly by: string;
}

export interface TlsTexts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** @throws NexumError TLS_INVALID that names the file and what is wrong with it */
export function readTlsFiles({ ca, cert, key }: TlsFiles): TlsTexts {
  if (cert && !key) throw invalid(`${cert.by} names a certificate, but there is no key: add --tls-key`, cert);
  if (key && !cert) throw invalid(`${key.by} names a key, but there is no certificate: add --tls-cert`, key);
  const caText = ca && readPem(ca);
  if (ca && caText !== undefined) parseCertificate(ca, caText);
  if (!cert || !key) return caText === undefined ? {} : { ca: caText };
  const certText = readPem(cert);
  const keyText = readPem(key);
  const certificate = parseCertificate(cert, certText);
  if (!certificate.checkPrivateKey(parseKey(key, keyText))) {
    throw invalid(`the key ${key.path} does not belong to the certificate ${cert.path}`, key);
  }
  return { cert: certText, key: keyText, ...(caText === undefined ? {} : { ca: caText }) };
}

function readPem(file: NamedFile): string {
  try {
    return readFileSync(file.path, 'utf8');
  } catch (error) {
    throw invalid(`cannot read ${file.path} (${file.by}): ${errorMessage(error)}`, file, error);
  }
}

function parseCertificate(file: NamedFile, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw invalid(`${file.path} (${file.by}) is no certificate in PEM: ${errorMessage(error)}`, file, error);
  }
}

function parseKey(file: NamedFile, text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (error) {
    const what = text.includes('ENCRYPTED') ? 'is locked by a passphrase' : 'is no private key in PEM';
    throw invalid(`${file.path} (${file.by}) ${what}`, file, error);
  }
}

function invalid(message: string, { path, by }: NamedFile, cause?: unknown): Error {
  return nexumError('TLS_INVALID', message, { file: path, by }, cause);
}
