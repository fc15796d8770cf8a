import Recurrent
import Tensors
import Testing

/// What a network is told of a window.
@Suite struct PreparedSeriesTests {
  private static func series(_ values: [Double]) -> TimeSeries {
    TimeSeries(
      times: (0..<values.count + 2).map(Double.init), target: values, past: [values.map { $0 * 2 }],
      known: [(0..<values.count + 2).map { Double($0 * $0) }])
  }

  private static func prepared(
    _ values: [Double], trained: Int, scaling: TargetScaling = .last, difference: Bool = false,
    transform: TargetTransform = .none
  ) throws -> PreparedSeries {
    let series = series(values)
    var reading = ForecasterReading(
      columns: TimeSeriesColumns(past: ["a"], known: ["b"]), transform: transform, difference: difference,
      scaling: scaling)
    try reading.fit([series], trained: [trained], window: 2)
    #expect(reading.pastFeatures == 3 && reading.knownFeatures == 1)
    return try PreparedSeries(series, reading, profile: reading.profiles[0], horizon: 2)
  }

  private let values: [Double] = [1, 3, 2, .nan, 6, 4]

  @Test func framesByHand() throws {
    let last = try Self.prepared(values, trained: 3)
    // Differences 2, -1 between neighbours, and 1 over two steps: (2.5 + 1) / 2.
    let movement = 1.75.squareRoot()
    #expect(last.frame(4, window: 2).shift == 2 && last.frame(4, window: 2).scale == movement)
    #expect(last.input(4, last.frame(6, window: 2)) == (Float(2 / movement), 1))
    // A missing value is the one before it.
    #expect(last.input(3, last.frame(4, window: 2)) == (0, 0))
    #expect(last.input(-1, last.frame(4, window: 2)) == (0, 0))
    #expect(last.outcome(4, last.frame(4, window: 2), chained: false) == 4 / movement)
    #expect(last.outcome(3, last.frame(3, window: 2), chained: false).isNaN)
    #expect(last.outcome(6, last.frame(6, window: 2), chained: false).isNaN)

    let standard = try Self.prepared(values, trained: 3, scaling: .standard)
    #expect(standard.frame(1, window: 2).shift == 2 && standard.frame(5, window: 2).scale == (2.0 / 3).squareRoot())
    let mean = try Self.prepared(values, trained: 3, scaling: .mean)
    #expect(mean.frame(3, window: 2).shift == 0 && mean.frame(3, window: 2).scale == 2.5)
    #expect(mean.frame(4, window: 1).scale == 2)  // nothing there: the mean of the training part
  }

  @Test func differences() throws {
    let own = try Self.prepared(values, trained: 3, difference: true)
    let change = 2.5.squareRoot()
    let frame = own.frame(3, window: 2)
    #expect(frame.shift == 2 && frame.scale == change)
    #expect(own.input(1, frame) == (Float(2 / change), 1) && own.input(4, frame) == (0, 0))
    #expect(own.input(0, frame) == (0, 0))
    // From the last value, or from the step before.
    #expect(own.outcome(5, frame, chained: false) == 2 / change && own.outcome(5, frame, chained: true) == -2 / change)
  }

  /// Nothing that a network reads of a window changes with what comes after it.
  @Test(arguments: TargetScaling.allCases, [true, false]) func theFutureIsNotRead(
    _ scaling: TargetScaling, _ difference: Bool
  ) throws {
    var changed = values
    for index in 3..<6 { changed[index] = 1000 + Double(index) }
    let one = try Self.prepared(values, trained: 3, scaling: scaling, difference: difference)
    let other = try Self.prepared(changed, trained: 3, scaling: scaling, difference: difference)
    for kind in ForecasterKind.allCases {
      let c = ForecasterConfiguration(kind: kind, window: 2, horizon: 2, past: 3, known: 1)
      for origin in 1...3 {
        let window = ForecastBatch.Window(series: 0, origin: origin)
        let first = ForecastBatch([window], of: [one], c, taught: false)
        let second = ForecastBatch([window], of: [other], c, taught: false)
        #expect(first.past == second.past && first.known == second.known)
        #expect(first.frames[0].shift == second.frames[0].shift && first.frames[0].scale == second.frames[0].scale)
      }
    }
  }

  /// A window of a network that gives one step after another: at each, the value before it and what is known of itself.
  @Test func stepsOfAnAutoregressiveNetwork() throws {
    let own = try Self.prepared(values, trained: 3)
    let c = ForecasterConfiguration(kind: .autoregressive, window: 2, horizon: 3, past: 3, known: 1)
    let batch = ForecastBatch([.init(series: 0, origin: 3)], of: [own], c, taught: true)
    let rows = (0..<4).map { Array(batch.past.scalars[$0 * c.inputs..<($0 + 1) * c.inputs]) }
    let frame = own.frame(3, window: 2)
    for (row, step) in zip(rows, 1...4) {
      #expect(row[0] == own.input(step, frame).value && row[1] == own.input(step, frame).present)
      // The past covariate is twice the value, 4 on average in the training part.
      let isKnown = step < 3
      #expect((row[2] != 0) == (isKnown && values[step] != 2) && row[4] == (isKnown ? 0 : 1))
    }
    // Squares of 0, 1 and 2 in the training part: a mean of 5/3, a deviation of √(26/9). The next step's is read.
    for (row, step) in zip(rows, 2...5) {
      #expect(abs(Double(row[3]) - (Double(step * step) - 5.0 / 3) / (26.0 / 9).squareRoot()) < 1e-5)
    }
  }

  @Test func valuesWithoutLogarithm() {
    #expect(throws: TimeSeriesError.notPositive(series: "", value: 0, transform: "log")) {
      try Self.prepared([1, 2, 0, 4], trained: 3, transform: .log)
    }
  }
}
