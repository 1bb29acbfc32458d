export const MIB = 1 << 20
