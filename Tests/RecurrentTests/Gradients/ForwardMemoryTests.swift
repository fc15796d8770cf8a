// Tests in processes of their own came with this compiler.
#if compiler(>=6.2)
  import Recurrent
  import Testing

  /// The most memory that gradients take while a sequence passes, by its length. In a process of its own, in which nobody else
  /// takes buffers.
  @Suite struct ForwardMemoryTests {
    private static let lengths = [10, 100, 1000, 10_000]

    /// Bytes for each length.
    static func measure(_ method: GradientMethod) -> [Int] {
      let model = LanguageModel(LanguageModelConfiguration(vocabulary: 5, cell: .gru, hidden: 6), seed: 1)
      func run(_ length: Int) {
        let tokens = (0...length).map { Int32($0 * $0 % 5) }
        let (inputs, targets) = (Array(tokens.dropLast()), Array(tokens.dropFirst()))
        if method == .bptt {
          _ = valueAndGradient(of: model) { model in
            model.loss(inputs, targets: targets, batch: 1, time: length, state: model.zeroState(batch: 1)).loss
          }
        } else {
          _ = model.forwardGradients(
            inputs, targets: targets, batch: 1, time: length, state: model.zeroState(batch: 1, gradient: method),
            gradient: method, key: RandomKey(seed: 1), seed: 1)
        }
      }
      return lengths.map { length in BufferPool.shared.peakBytes { run(length) } }
    }

    @Test func doesNotGrowWithTheSequence() async {
      await #expect(processExitsWith: .success) {
        for method in GradientMethod.allCases where method != .bptt {
          let bytes = ForwardMemoryTests.measure(method)
          precondition(bytes[0] > 1000 && Set(bytes).count == 1, "\(method): \(bytes)")
        }
        // What they are compared with keeps every step.
        let bytes = ForwardMemoryTests.measure(.bptt)
        precondition(bytes[3] > 100 * bytes[0], "bptt: \(bytes)")
      }
    }
  }
#endif
