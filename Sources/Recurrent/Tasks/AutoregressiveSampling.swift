import Tensors

/// Draws paths from an autoregressive forecaster: each step is drawn from the distribution that the network gives, and
/// read by it before the next one (Salinas et al. 2020). The state is kept from step to step.
package struct AutoregressiveSampling {
  let model: Forecaster
  let series: PreparedSeries

  package init(model: Forecaster, series: PreparedSeries) {
    self.model = model
    self.series = series
  }

  /// Paths of several origins, in the units of the user: `[origin][sample][step]`.
  ///
  /// Each path has random numbers of its own, so that it does not depend on what others there are.
  package func paths(origins: [Int], horizon: Int, samples: Int, seed: UInt64) -> [[[Double]]] {
    let c = model.configuration
    let output = c.distribution.output
    let windows = origins.map { ForecastBatch.Window(series: 0, origin: $0) }
    let batch = ForecastBatch(windows, of: [series], c, taught: false)
    let rows = origins.count * samples
    var random = (0..<rows).map { row in
      SequentialRandom(
        RandomKey(seed: seed, stream: UInt32(row % samples), step: UInt32(truncatingIfNeeded: origins[row / samples])))
    }
    var levels = origins.indices.map { batch.frames[$0].shift }.flatMap { Array(repeating: $0, count: samples) }
    var paths = [[Double]](repeating: [], count: rows)
    // The past of an origin is read once, and its state shared by all paths from there.
    var (numbers, state) = model.steps(batch.past, state: nil, last: 1)
    numbers = Self.repeated(numbers.reshaped([origins.count, c.parameters]), samples)
    state = RecurrentState(layers: state.layers.map { $0.map { Self.repeated($0, samples) } })
    for step in 0..<horizon {
      var drawn = [Double](repeating: 0, count: rows)
      numbers.withUnsafePointer { pointer in
        for row in 0..<rows {
          let frame = batch.frames[row / samples]
          let raw = (0..<c.parameters).map { Double(pointer[row * c.parameters + $0]) }
          // A damaged model may give no numbers, from which nothing can be drawn.
          let isSound = raw.allSatisfy(\.isFinite)
          drawn[row] = isSound ? output.sample(raw, scale: frame.scale, &random[row]) : .nan
          let base = series.reading.difference ? levels[row] : frame.shift
          levels[row] = base + frame.scale * drawn[row]
          paths[row].append(series.reading.transform.invert(levels[row]))
        }
      }
      if step + 1 == horizon { break }
      let inputs = inputs(drawn, origins: origins, samples: samples, ahead: step + 1)
      let (next, after) = model.steps(inputs, state: state, last: 1)
      (numbers, state) = (next.reshaped([rows, c.parameters]), after)
    }
    return origins.indices.map { Array(paths[$0 * samples..<($0 + 1) * samples]) }
  }

  /// `[rows, 1, inputs]`: what was drawn, and what is known of the step that comes `ahead` steps after the origin.
  private func inputs(_ drawn: [Double], origins: [Int], samples: Int, ahead: Int) -> Tensor {
    let c = model.configuration
    return Tensor(shape: [drawn.count, 1, c.inputs]) { pointer in
      for row in drawn.indices {
        let x = pointer + row * c.inputs
        x.update(repeating: 0, count: c.inputs)
        (x[0], x[1]) = (Float(PreparedSeries.limited(drawn[row], PreparedSeries.mostInput)), 1)
        let place = origins[row / samples] + ahead
        for index in 0..<c.known { x[c.past + index] = series.known[place * c.known + index] }
        x[c.inputs - 1] = 1
      }
    }
  }

  /// Each row of a matrix so many times.
  private static func repeated(_ x: Tensor, _ times: Int) -> Tensor {
    let columns = x.shape.columns
    return Tensor(shape: [x.shape.rows * times, columns]) { pointer in
      x.withUnsafePointer { source in
        for row in 0..<x.shape.rows * times {
          (pointer + row * columns).update(from: source + row / times * columns, count: columns)
        }
      }
    }
  }
}
