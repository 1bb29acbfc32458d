import { MemoryVideos } from './memory-videos.ts'
import { videosContract } from './videos-contract.ts'

videosContract('The videos in memory', async () => ({ videos: new MemoryVideos(), close: async () => {} }))
