/** Exact binary32 references on big integers: slow, obvious, and independent of the code under test. */

/** A finite binary32 bit pattern as `mantissa · 2^exponent`. */
export function decodeFinite(bits: number): { mantissa: bigint; exponent: number } {
    const field = (bits >>> 23) & 0xff;
    const fraction = BigInt(bits & 0x7fffff);
    const magnitude = field === 0 ? fraction : fraction | 0x800000n;
    return { mantissa: bits >>> 31 === 1 ? -magnitude : magnitude, exponent: Math.max(field, 1) - 150 };
}

/** The bits of mantissa · 2^exponent, rounded to nearest, ties to even. A zero is +0. */
export function encodeRounded(mantissa: bigint, exponent: number): number {
    if (mantissa === 0n) return 0;
    const negative = mantissa < 0n;
    let magnitude = negative ? -mantissa : mantissa;
    const length = magnitude.toString(2).length;
    // The unit in the last place is 2^unit: 24 significant bits, but never below 2^-149.
    let unit = Math.max(exponent + length - 24, -149);
    const shift = unit - exponent;
    if (shift <= 0) {
        magnitude <<= BigInt(-shift);
    } else {
        const half = 1n << BigInt(shift - 1);
        const rest = magnitude & ((1n << BigInt(shift)) - 1n);
        magnitude >>= BigInt(shift);
        if (rest > half || (rest === half && (magnitude & 1n) === 1n)) magnitude += 1n;
    }
    if (magnitude === 0x1000000n) {
        magnitude = 0x800000n;
        unit += 1;
    }
    const field = magnitude < 0x800000n ? 0 : unit + 150;
    const bits = field >= 255 ? 0x7f800000 : field * 0x800000 + Number(magnitude & 0x7fffffn);
    return (bits | (negative ? 0x80000000 : 0)) >>> 0;
}

/** a·b + c for finite operands, rounded once. */
export function fmaExact(a: number, b: number, c: number): number {
    const x = decodeFinite(a);
    const y = decodeFinite(b);
    const z = decodeFinite(c);
    const low = Math.min(x.exponent + y.exponent, z.exponent);
    const sum =
        ((x.mantissa * y.mantissa) << BigInt(x.exponent + y.exponent - low)) +
        (z.mantissa << BigInt(z.exponent - low));
    return encodeRounded(sum, low);
}
