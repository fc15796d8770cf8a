import Recurrent
import TestSupport
import Testing

@Suite struct ChannelScalingTests {
  /// By hand: channel 0 has 1, 3, 5 and 7: mean 4, variance (9 + 1 + 1 + 9) / 4 = 5. Channel 1 has 2 and 2; channel 2
  /// nothing.
  static let sequences = [
    NumericSequence(values: [1, 2, .nan, 3, .nan, .nan], channels: 3),
    NumericSequence(values: [.nan, .nan, .nan, 5, 2, .nan, 7, .nan, .nan], channels: 3),
  ]

  @Test func valuesByHand() {
    let scaling = ChannelScaling(fitting: Self.sequences, channels: 3)
    #expect(scaling.means == [4, 2, 0] && scaling.deviations == [Double(5).squareRoot(), 1, 1])
    let root = Float(1 / Double(5).squareRoot())
    // One rounding to Float of a quotient in double precision.
    func expect(_ values: [Float], _ expected: [Float]) {
      #expect(values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }
    // Before the first observation the mean, which is 0; after it, the last one.
    expect(scaling(Self.sequences[0]), [-3 * root, 0, 0, -root, 0, 0])
    expect(scaling(Self.sequences[1]), [0, 0, 0, root, 0, 0, 3 * root, 0, 0])
    let next = NumericSequence(values: [.nan, 3, 1, 5, .nan, .nan, .nan, .nan, 2], channels: 3)
    expect(scaling(next), [0, 1, 1, root, 1, 1, root, 1, 2])
    let masked = ChannelScaling(fitting: Self.sequences, channels: 3, masks: true)
    #expect(masked.features == 6 && masked.means == scaling.means)
    expect(
      masked(next), [0, 1, 1, 0, 1, 1, root, 1, 1, 1, 0, 0, root, 1, 2, 0, 0, 1])
  }

  /// What a step becomes depends on no later one: a sequence can be scaled as it comes.
  @Test func prefixesAreTheSame() {
    let scaling = ChannelScaling(fitting: Self.sequences, channels: 3, masks: true)
    let whole = scaling(Self.sequences[1])
    for time in 1...3 {
      let start = NumericSequence(values: Array(Self.sequences[1].values[..<(3 * time)]), channels: 3)
      #expect(scaling(start) == Array(whole[..<(6 * time)]))
    }
  }

  @Test func largestValuesStayFinite() {
    let most = Float.greatestFiniteMagnitude
    let scaling = ChannelScaling(
      fitting: [NumericSequence(values: [most, -most, most], channels: 1)], channels: 1)
    let extremes = NumericSequence(values: [most, -most], channels: 1)
    let scaled = scaling(extremes)
    #expect(scaled.allSatisfy { $0.isFinite })
    let small = ChannelScaling(fitting: [NumericSequence(values: [0, 1e-30], channels: 1)], channels: 1)
    #expect(small(extremes) == [most, -most])
  }

  @Test func modelFolders() throws {
    struct Stored: Codable {
      var format = 1
      var scaling: ChannelScaling
    }
    let folder = try TemporaryFolder()
    let scaling = ChannelScaling(fitting: Self.sequences, channels: 3, masks: true)
    let path = "\(folder.path)/scaling.json"
    try ModelJSON.write(Stored(scaling: scaling), to: path)
    #expect(try ModelJSON.read(Stored.self, from: path).scaling == scaling)
    for bad in [
      #"{"means": [1], "deviations": [], "masks": true}"#, #"{"means": [1], "deviations": [0], "masks": true}"#,
      #"{"means": [1], "deviations": [-1], "masks": true}"#, #"{"means": [], "deviations": [], "masks": false}"#,
      #"{"means": [1], "deviations": [1]}"#,
    ] {
      try folder.write(#"{"format": 1, "scaling": \#(bad)}"#.utf8, to: "scaling.json")
      #expect(throws: ModelFileError.self) { try ModelJSON.read(Stored.self, from: path) }
    }
  }
}
