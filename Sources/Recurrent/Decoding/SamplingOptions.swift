/// How the next token is chosen from its distribution.
public struct SamplingOptions: Sendable, Hashable, Codable {
  /// Logits are divided by this; 0 takes the most probable token.
  public var temperature: Float
  /// Only so many of the most probable tokens are drawn from (Fan et al. 2018); 0 for all.
  public var topK: Int
  /// Only the fewest tokens whose probabilities sum to this are drawn from (Holtzman et al. 2019); 1 for all.
  public var topP: Float
  /// The logits of tokens among the last `repetitionWindow` are divided by this if positive and multiplied if negative
  /// (Keskar et al. 2019); 1 for none.
  public var repetitionPenalty: Float
  public var repetitionWindow: Int
  public var seed: UInt64

  public init(
    temperature: Float = 1, topK: Int = 0, topP: Float = 1, repetitionPenalty: Float = 1, repetitionWindow: Int = 64,
    seed: UInt64 = 1
  ) {
    (self.temperature, self.topK, self.topP, self.seed) = (temperature, topK, topP, seed)
    (self.repetitionPenalty, self.repetitionWindow) = (repetitionPenalty, repetitionWindow)
  }
}
