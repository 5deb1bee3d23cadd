/** Tells files that test pipelines from pipelines. */
export function isFixtureFile(file: string): boolean {
  return file.endsWith('.test.yaml');
}
