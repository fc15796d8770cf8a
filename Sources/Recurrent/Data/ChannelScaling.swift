/// Channels shifted and scaled to mean 0 and standard deviation 1, as they have them in the sequences that it is fitted
/// on (the training part alone), and values put in the place of missing ones.
///
/// A missing value becomes the last one that its channel had before in the sequence and, before there is any, the
/// channel's mean: a sequence can so be read as it comes. With masks, as many features again say which values were there
/// (1) and which are put in (0), so that a network can learn to trust them less (Che et al. 2018).
public struct ChannelScaling: Sendable, Hashable, Codable {
  /// By channel.
  public let means: [Double]
  /// By channel; above 0. A channel that never varies, or is never there, has 1.
  public let deviations: [Double]
  public let masks: Bool

  public init(fitting sequences: [NumericSequence], channels: Int, masks: Bool = false) {
    precondition(sequences.allSatisfy { $0.channels == channels }, "sequences of other than \(channels) channels")
    func mean(of channel: Int, _ transform: (Double) -> Double) -> Double {
      var (sum, count) = (0.0, 0)
      for sequence in sequences {
        for index in stride(from: channel, to: sequence.values.count, by: channels) {
          let value = sequence.values[index]
          if value.isNaN { continue }
          sum += transform(Double(value))
          count += 1
        }
      }
      return sum / Double(max(1, count))
    }
    means = (0..<channels).map { mean(of: $0) { $0 } }
    deviations = zip(0..., means).map { channel, middle in
      let deviation = mean(of: channel) { ($0 - middle) * ($0 - middle) }.squareRoot()
      return deviation > 0 ? deviation : 1
    }
    self.masks = masks
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    means = try container.decode([Double].self, forKey: .means)
    deviations = try container.decode([Double].self, forKey: .deviations)
    masks = try container.decode(Bool.self, forKey: .masks)
    guard means.count == deviations.count, !means.isEmpty, means.allSatisfy(\.isFinite),
      deviations.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .deviations, in: container, debugDescription: "each channel has a finite mean and a deviation above 0")
    }
  }

  public var channels: Int { means.count }
  /// Features that a step of a scaled sequence has.
  public var features: Int { masks ? 2 * channels : channels }

  /// The features of a sequence of `channels` channels, all finite: row-major `[time, features]`, first the values of all
  /// channels and then, with masks, their masks.
  public func callAsFunction(_ sequence: NumericSequence) -> [Float] {
    precondition(sequence.channels == channels, "a sequence of \(sequence.channels) channels, scaled for \(channels)")
    var result = [Float](repeating: 0, count: sequence.time * features)
    var last = [Float](repeating: 0, count: channels)
    for step in 0..<sequence.time {
      for channel in 0..<channels {
        let value = sequence.values[step * channels + channel]
        if !value.isNaN {
          let scaled = (Double(value) - means[channel]) / deviations[channel]
          let most = Double(Float.greatestFiniteMagnitude)
          last[channel] = Float(min(most, max(-most, scaled)))
        }
        result[step * features + channel] = last[channel]
        if masks { result[step * features + channels + channel] = value.isNaN ? 0 : 1 }
      }
    }
    return result
  }
}
