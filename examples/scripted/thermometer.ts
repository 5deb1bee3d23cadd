/** What the tools of all examples do: something slow or dear that must not happen again. It says when it happens. */
const CELSIUS: Readonly<Record<string, number>> = { Oslo: 4, Lima: 19 };

export function readThermometer(city: string): Promise<{ city: string; celsius: number }> {
  console.error(`reading the thermometer in ${city}`);
  return Promise.resolve({ city, celsius: CELSIUS[city] ?? 0 });
}
