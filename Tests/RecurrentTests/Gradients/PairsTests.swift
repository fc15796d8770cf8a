// Tests in processes of their own came with this compiler.
#if compiler(>=6.2)
  import Recurrent
  import TestSupport
  import Testing

  /// Whole models from pairs of bfloat16, which only some processors multiply: a process in which they are emulated must
  /// give the bits of one in which rounded floats take their place.
  @Suite(.enabled(if: KernelTable.emulated != nil, "only with AVX-512")) struct PairsTests {
    @Test func pairsGiveTheBitsOfRoundedFloats() async {
      let floats = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
        KernelTable.avx512.use()
        precondition(!Precision.bfloat16.isNative)
        PairsTests.printGradients()
      }
      let pairs = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
        KernelTable.emulated?.use()
        precondition(Precision.bfloat16.isNative)
        PairsTests.printGradients()
      }
      let lines = [floats, pairs].map { Self.lines($0?.standardOutputContent ?? []) }
      #expect(lines[0].count == Self.shapes.count * CellKind.allCases.count && lines[0] == lines[1])
    }

    private static func lines(_ output: [UInt8]) -> [Substring] {
      String(decoding: output, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("gradients ") }
    }

    /// Hidden sizes around pairs, panels and blocks; batches that share rows among threads and that share units; one-hot
    /// tokens, embeddings that are looked up, and those that are multiplied at each position.
    static let shapes: [(hidden: Int, batch: Int, vocabulary: Int, embedding: Int)] = [
      (1, 1, 5, 0), (7, 3, 9, 0), (48, 5, 10, 3), (97, 5, 200, 33), (113, 40, 11, 8), (257, 40, 30, 0),
    ]

    /// A line with the loss and a digest of all gradients for each model, on two threads.
    static func printGradients() {
      ThreadPool.shared.threads = 2
      for kind in CellKind.allCases {
        for shape in shapes {
          let model = LanguageModel(
            LanguageModelConfiguration(
              vocabulary: shape.vocabulary, embedding: shape.embedding, cell: kind, hidden: shape.hidden, layers: 2),
            seed: 1)
          let ids = (0...shape.batch * 7).map { Int32($0 * 31 % shape.vocabulary) }
          let (loss, gradients) = Precision.$current.withValue(.bfloat16) {
            valueAndGradient(of: model) { model in
              model.loss(
                Array(ids.dropLast()), targets: Array(ids.dropFirst()), batch: shape.batch, time: 7,
                state: model.zeroState(batch: shape.batch)
              ).loss
            }
          }
          // FNV-1a (Fowler, Noll and Vo) of words.
          let digest = gradients.entries.flatMap(\.tensor.scalars).reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01B3
          }
          print("gradients \(kind) \(shape) \(loss.scalar) \(digest)")
        }
      }
    }
  }
#endif
