/// SHA-256 (FIPS 180-4) of short texts, to name files after paths. Not for keys: it takes no care of timing.
enum SHA256 {
    /// The digest as 64 hexadecimal digits.
    static func hex(_ text: String) -> String {
        digest(Array(text.utf8)).map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private static func digest(_ message: [UInt8]) -> [UInt32] {
        var bytes = message + [0x80]
        bytes += [UInt8](repeating: 0, count: (120 - bytes.count % 64) % 64)
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: (message.count * 8) >> (56 - $0 * 8)) }
        var state: [UInt32] = [
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
            0x5be0_cd19,
        ]
        for start in stride(from: 0, to: bytes.count, by: 64) {
            compress(bytes[start..<start + 64], into: &state)
        }
        return state
    }

    private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var words = [UInt32](repeating: 0, count: 64)
        for (offset, byte) in block.enumerated() {
            words[offset / 4] |= UInt32(byte) << (24 - offset % 4 * 8)
        }
        for index in 16..<64 {
            let (near, far) = (words[index - 2], words[index - 15])
            let nearMix = rotate(near, 17) ^ rotate(near, 19) ^ near >> 10
            let farMix = rotate(far, 7) ^ rotate(far, 18) ^ far >> 3
            words[index] = words[index - 16] &+ farMix &+ words[index - 7] &+ nearMix
        }
        var turn = state
        for index in 0..<64 {
            let mixE = rotate(turn[4], 6) ^ rotate(turn[4], 11) ^ rotate(turn[4], 25)
            let choice = turn[4] & turn[5] ^ ~turn[4] & turn[6]
            let first = turn[7] &+ mixE &+ choice &+ constants[index] &+ words[index]
            let mixA = rotate(turn[0], 2) ^ rotate(turn[0], 13) ^ rotate(turn[0], 22)
            let majority = turn[0] & turn[1] ^ turn[0] & turn[2] ^ turn[1] & turn[2]
            turn = [
                first &+ mixA &+ majority, turn[0], turn[1], turn[2], turn[3] &+ first, turn[4], turn[5],
                turn[6],
            ]
        }
        for index in 0..<8 { state[index] &+= turn[index] }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7,
        0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351,
        0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585,
        0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
