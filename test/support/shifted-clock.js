// Preloaded with `--import` into a process and all of its threads: their wall clock is wrong by that many milliseconds.
const shiftMs = Number(process.env.NEXUM_TEST_CLOCK_SHIFT_MS);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + shiftMs] : given));
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
