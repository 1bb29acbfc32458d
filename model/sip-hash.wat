;; SipHash-2-4 with 128 bits of output, of many stretches of memory in one call. It is not TypeScript because
;; JavaScript has no fast 64-bit words. `UPDATE=1 npx node --test model/sip-hash-wasm.test.ts` assembles it.
;;
;; Aumasson and Bernstein, "SipHash: a fast short-input PRF" (Indocrypt 2012); the 128-bit form is that of their
;; reference implementation, github.com/veorq/SipHash.
(module
  (memory (export "memory") 1)

  ;; For each i < count: hashes the bytes from base + starts[i] to base + ends[i] and writes 16 bytes to out + 16 i.
  ;; The key is at address 0; `starts` and `ends` are addresses of columns of 32-bit numbers. Reads up to 8 bytes
  ;; beyond an end, and ignores what they hold.
  (func (export "hash")
    (param $count i32) (param $base i32) (param $starts i32) (param $ends i32) (param $out i32)
    (local $at i32) (local $last i32) (local $length i64)
    (local $m i64) (local $v0 i64) (local $v1 i64) (local $v2 i64) (local $v3 i64)
    (loop $names
      (if (i32.eqz (local.get $count)) (then (return)))
      (local.set $length
        (i64.extend_i32_u (i32.sub (i32.load (local.get $ends)) (i32.load (local.get $starts)))))
      (local.set $at (i32.add (local.get $base) (i32.load (local.get $starts))))
      ;; The last word holds 0 to 7 bytes and the length.
      (local.set $last
        (i32.add (local.get $at) (i32.wrap_i64 (i64.and (local.get $length) (i64.const -8)))))

      (local.set $v0 (i64.xor (i64.load (i32.const 0)) (i64.const 0x736f6d6570736575)))
      (local.set $v1 (i64.xor (i64.load (i32.const 8)) (i64.const 0x646f72616e646f83))) ;; ends in 6d ^ ee
      (local.set $v2 (i64.xor (i64.load (i32.const 0)) (i64.const 0x6c7967656e657261)))
      (local.set $v3 (i64.xor (i64.load (i32.const 8)) (i64.const 0x7465646279746573)))

      ;; Two rounds a step: one step for each word, two more before each half of the output.
      (loop $steps
        (if (i32.lt_u (local.get $at) (local.get $last))
          (then (local.set $m (i64.load (local.get $at))))
          (else (if (i32.eq (local.get $at) (local.get $last))
            (then
              (local.set $m
                (i64.or
                  (i64.shl (local.get $length) (i64.const 56))
                  (i64.and
                    (i64.load (local.get $at))
                    (i64.xor (i64.const -1)
                      (i64.shl (i64.const -1)
                        (i64.shl (i64.and (local.get $length) (i64.const 7)) (i64.const 3))))))))
            (else
              (local.set $m (i64.const 0))
              (if (i32.eq (local.get $at) (i32.add (local.get $last) (i32.const 8)))
                (then (local.set $v2 (i64.xor (local.get $v2) (i64.const 0xee)))))
              (if (i32.eq (local.get $at) (i32.add (local.get $last) (i32.const 24)))
                (then
                  (i64.store (local.get $out)
                    (i64.xor (i64.xor (local.get $v0) (local.get $v1)) (i64.xor (local.get $v2) (local.get $v3))))
                  (local.set $v1 (i64.xor (local.get $v1) (i64.const 0xdd)))))))))

        (local.set $v3 (i64.xor (local.get $v3) (local.get $m)))

        (local.set $v0 (i64.add (local.get $v0) (local.get $v1)))
        (local.set $v1 (i64.xor (i64.rotl (local.get $v1) (i64.const 13)) (local.get $v0)))
        (local.set $v0 (i64.rotl (local.get $v0) (i64.const 32)))
        (local.set $v2 (i64.add (local.get $v2) (local.get $v3)))
        (local.set $v3 (i64.xor (i64.rotl (local.get $v3) (i64.const 16)) (local.get $v2)))
        (local.set $v0 (i64.add (local.get $v0) (local.get $v3)))
        (local.set $v3 (i64.xor (i64.rotl (local.get $v3) (i64.const 21)) (local.get $v0)))
        (local.set $v2 (i64.add (local.get $v2) (local.get $v1)))
        (local.set $v1 (i64.xor (i64.rotl (local.get $v1) (i64.const 17)) (local.get $v2)))
        (local.set $v2 (i64.rotl (local.get $v2) (i64.const 32)))

        (local.set $v0 (i64.add (local.get $v0) (local.get $v1)))
        (local.set $v1 (i64.xor (i64.rotl (local.get $v1) (i64.const 13)) (local.get $v0)))
        (local.set $v0 (i64.rotl (local.get $v0) (i64.const 32)))
        (local.set $v2 (i64.add (local.get $v2) (local.get $v3)))
        (local.set $v3 (i64.xor (i64.rotl (local.get $v3) (i64.const 16)) (local.get $v2)))
        (local.set $v0 (i64.add (local.get $v0) (local.get $v3)))
        (local.set $v3 (i64.xor (i64.rotl (local.get $v3) (i64.const 21)) (local.get $v0)))
        (local.set $v2 (i64.add (local.get $v2) (local.get $v1)))
        (local.set $v1 (i64.xor (i64.rotl (local.get $v1) (i64.const 17)) (local.get $v2)))
        (local.set $v2 (i64.rotl (local.get $v2) (i64.const 32)))

        (local.set $v0 (i64.xor (local.get $v0) (local.get $m)))

        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $steps (i32.le_u (local.get $at) (i32.add (local.get $last) (i32.const 32)))))

      (i64.store offset=8 (local.get $out)
        (i64.xor (i64.xor (local.get $v0) (local.get $v1)) (i64.xor (local.get $v2) (local.get $v3))))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
      (local.set $ends (i32.add (local.get $ends) (i32.const 4)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $names))))
