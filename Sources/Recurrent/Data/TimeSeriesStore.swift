/// Series in a file, to the last bit, for a run that is taken up again: of each the part to train on and the part by
/// which the model is chosen.
package struct TimeSeriesStore: Sendable {
  package var series: [TimeSeries]
  /// Steps of each series that are trained on; those after them choose the model.
  package var trained: [Int]

  package func write(to path: String) throws(FileError) {
    var writer = SafetensorsWriter()
    writer.add("trained", integers: trained)
    writer.add("counts", integers: series.map(\.count))
    writer.add("extents", integers: series.map(\.times.count))
    writer.add("covariates", integers: [series.first?.past.count ?? 0, series.first?.known.count ?? 0])
    writer.add("times", doubles: series.flatMap(\.times))
    writer.add("target", doubles: series.flatMap(\.target))
    writer.add("past", doubles: series.flatMap { $0.past.flatMap(\.self) })
    writer.add("known", doubles: series.flatMap { $0.known.flatMap(\.self) })
    try writer.write(to: path)
  }

  package init(series: [TimeSeries], trained: [Int]) {
    precondition(series.count == trained.count, "\(trained.count) parts of \(series.count) series")
    self.series = series
    self.trained = trained
  }

  /// - Parameter names: of the series, in order.
  /// - Throws: `SafetensorsError` or `ModelFileError`.
  package init(reading path: String, names: [String]) throws {
    let file = try SafetensorsFile(reading: path)
    let (trained, counts, extents, kinds) = (
      try file.integers("trained"), try file.integers("counts"), try file.integers("extents"),
      try file.integers("covariates")
    )
    func refuse(_ detail: String) -> any Error { ModelFileError.malformed(path: path, detail: detail) }
    let most = 1 << 40
    guard counts.count == names.count, extents.count == names.count, trained.count == names.count, kinds.count == 2,
      kinds.allSatisfy({ (0...1 << 16).contains($0) }),
      names.indices.allSatisfy({
        trained[$0] >= 1 && trained[$0] <= counts[$0] && counts[$0] <= extents[$0] && extents[$0] < most
      })
    else { throw refuse("its lengths are not those of \(names.count) series") }
    var (times, target) = (try file.doubles("times")[...], try file.doubles("target")[...])
    var (past, known) = (try file.doubles("past")[...], try file.doubles("known")[...])
    let (steps, all) = (counts.reduce(0, +), extents.reduce(0, +))
    guard times.count == all, target.count == steps, past.count == steps * kinds[0], known.count == all * kinds[1],
      times.allSatisfy({ abs($0) <= 1e15 }), [target, past, known].joined().allSatisfy({ $0.isNaN || abs($0) <= 1e30 })
    else { throw refuse("its values are not those of its lengths, or out of range") }
    func take(_ values: inout ArraySlice<Double>, _ count: Int) -> [Double] {
      defer { values = values.dropFirst(count) }
      return Array(values.prefix(count))
    }
    self.trained = trained
    series = []
    for (index, name) in names.enumerated() {
      series.append(
        TimeSeries(
          name: name, times: take(&times, extents[index]), target: take(&target, counts[index]),
          past: (0..<kinds[0]).map { _ in take(&past, counts[index]) },
          known: (0..<kinds[1]).map { _ in take(&known, extents[index]) }))
    }
  }
}

extension SafetensorsWriter {
  /// Doubles by their bits: each as two whole numbers, the higher half first.
  fileprivate mutating func add(_ name: String, doubles: [Double]) {
    add(
      name,
      integers: doubles.flatMap { value in
        let bits = value.bitPattern
        return [bits >> 32, bits & 0xFFFF_FFFF].map { Int(Int32(bitPattern: UInt32($0))) }
      })
  }
}

extension SafetensorsFile {
  fileprivate func doubles(_ name: String) throws -> [Double] {
    let halves = try integers(name)
    guard halves.count % 2 == 0, halves.allSatisfy({ Int32(exactly: $0) != nil }) else {
      throw ModelFileError.malformed(path: path, detail: "'\(name)' is no list of doubles")
    }
    return stride(from: 0, to: halves.count, by: 2).map { index in
      func bits(_ half: Int) -> UInt64 { UInt64(UInt32(bitPattern: Int32(half))) }
      return Double(bitPattern: bits(halves[index]) << 32 | bits(halves[index + 1]))
    }
  }
}
