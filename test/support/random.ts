/** A small seeded generator (mulberry32): the same seed gives the same cases on every machine. */
export class Random {
    private state: number;

    constructor(seed: number) {
        this.state = seed >>> 0;
    }

    u32(): number {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let t = this.state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return (t ^ (t >>> 14)) >>> 0;
    }

    /** Uniform in [0, 1). */
    unit(): number {
        return this.u32() / 4294967296;
    }

    /** Uniform integer in [low, high]. */
    int(low: number, high: number): number {
        return low + Math.floor(this.unit() * (high - low + 1));
    }

    pick<T>(choices: readonly T[]): T {
        return choices[this.int(0, choices.length - 1)];
    }

    chance(probability: number): boolean {
        return this.unit() < probability;
    }

    normal(): number {
        return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
    }

    shuffle<T>(items: readonly T[]): T[] {
        const result = [...items];
        for (let i = result.length - 1; i > 0; i--) {
            const j = this.int(0, i);
            [result[i], result[j]] = [result[j], result[i]];
        }
        return result;
    }
}
