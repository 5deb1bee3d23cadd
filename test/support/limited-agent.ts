/** An agent that a provider answers three times, two cents each, and whose pipeline has money for two of them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScriptedProvider } from './scripted-provider.js';

const DOCUMENTS = fileURLToPath(new URL('../fixtures/documents/', import.meta.url));
/** Dollars per million tokens; a call of the script has 100 and 20 tokens. */
const PRICES = { 'openai/gpt-test': { inputUsd: 100, outputUsd: 500 } };

export const ANSWER = 'A lease simply expires.';

/** Model, two searches at once, model, read, model. */
const SCRIPT = {
  0: {
    calls: [
      ['search_documents', { query: 'lease expires' }],
      ['search_documents', { queries: ['worker dies'], limit: 3 }],
    ],
  },
  2: { calls: [['read_document', { path: 'leases.md', start_line: 8, end_line: 12 }]] },
  3: { text: ANSWER },
} as const;

export const INPUT = { docs: DOCUMENTS };

/** Writes the pipeline and the prices into the folder. @param limits in YAML; empty: none */
export async function limitedAgent(
  folder: string,
  limits: string,
): Promise<{ readonly file: string; readonly provider: ScriptedProvider; readonly env: Record<string, string> }> {
  const provider = await ScriptedProvider.start(SCRIPT);
  const [file, prices] = [join(folder, 'limited.yaml'), join(folder, 'prices.json')];
  writeFileSync(prices, JSON.stringify(PRICES));
  writeFileSync(
    file,
    `name: limited
inputs: { docs: { type: string, required: true } }
${limits === '' ? '' : `limits: ${limits}`}
agents:
  researcher: { instructions: Answer from the documents., tools: [search_documents, read_document] }
nodes:
  research: { agent: researcher, prompt: What happens to a lease when the worker dies? }
  report: { needs: [research], uses: text.template, with: { text: 'Report: \${{ nodes.research.output }}' } }
output: \${{ nodes.report.output }}
`,
  );
  return { file, provider, env: { ...provider.env(), NEXUM_PRICES: prices } };
}
